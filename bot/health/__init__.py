"""How the service is: its sign of life, systemd, Prometheus, `regbot status`."""

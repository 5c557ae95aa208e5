"""What is kept: backups, putting one back, and what is removed in time."""

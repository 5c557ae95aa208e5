"""What is measured, and how to measure it again; each module prints its figures when run with `python -m`."""

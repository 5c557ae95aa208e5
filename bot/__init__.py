"""The registration assistant: everything that touches the world (files, the database, channels)."""

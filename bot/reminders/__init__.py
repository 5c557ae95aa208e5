"""Reminders: what is planned, kept, said and sent."""

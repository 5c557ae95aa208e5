"""What the assistant is used for and where people stop, as figures: read from the database, as tables and as a page."""

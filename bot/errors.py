"""The errors that end a command with one clear sentence.

BotError
├── ContentError   the content on disk cannot be used
├── StoreError     the database cannot be used
└── UsageError     a setting or argument cannot be used
"""


class BotError(Exception):
    """Something that the person who runs the assistant can mend; its text is one sentence that says what and where."""


class ContentError(BotError):
    """The content cannot be used: a file is missing, or has problems."""


class StoreError(BotError):
    """The database cannot be opened, read or written."""


class UsageError(BotError):
    """A setting, an argument or an input file cannot be used."""

"""The errors that end a command with one clear sentence.

BotError
├── ContentError   the content on disk cannot be used
├── StoreError     the database cannot be used
└── UsageError     a setting or argument cannot be used

A channel raises NotDeliveredError.
"""


class BotError(Exception):
    """Something that the person who runs the assistant can mend; its text is one sentence that says what and where."""


class ContentError(BotError):
    """The content cannot be used: a file is missing, or has problems."""


class StoreError(BotError):
    """The database cannot be opened, read or written."""


class UsageError(BotError):
    """A setting, an argument or an input file cannot be used."""


class NotDeliveredError(Exception):
    """Something could not be sent to a person, or nobody knows whether it arrived.

    `gone` tells that the person cannot be written to any more, `refused` that the channel will never take this message, and
    `after` how many seconds to wait before anything is sent, where the channel asks for that.
    """

    def __init__(self, *, gone: bool = False, refused: bool = False, after: float | None = None) -> None:
        super().__init__("the person cannot be reached" if gone else "it could not be sent")
        self.gone = gone
        self.refused = refused
        self.after = after

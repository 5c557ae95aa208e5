"""Links that lead into the chat with the bot, to an answer or a flow.

Telegram sends what follows `start=` as `/start ...`, at most 64 characters of A-Z, a-z, 0-9, _ and - (Bot API, deep linking).
"""

import re
from typing import Final, Literal

from bot.errors import UsageError

MAX_PAYLOAD: Final = 64
_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


def deep_link(username: str, kind: Literal["faq", "flow", ""], target: str = "") -> str:
    """Return the address that opens the chat with the bot, at an entry or a flow.

    Raises:
        UsageError: The username is none of a bot, or the payload is too long.
    """
    name = username.removeprefix("@")
    if not _USERNAME.fullmatch(name):
        raise UsageError(f'"{username}" is not a username on Telegram')
    address = f"https://t.me/{name}"
    if not kind:
        return address
    payload = f"{kind}_{target}"
    if len(payload) > MAX_PAYLOAD:
        raise UsageError(f'a link has room for {MAX_PAYLOAD} characters, and "{payload}" has {len(payload)}')
    return f"{address}?start={payload}"

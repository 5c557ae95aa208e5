"""Telegram: what people write there becomes turns, and the replies become messages.

`intake` reads updates, `order` keeps each person's in order, `bot` answers them, `markup` and `sending` show the replies,
`limits` paces what is sent, `profile` sets menus and descriptions, `service` starts and stops all of it.
"""

import os

# python-telegram-bot then gives periods as timedelta, as its next version always will, and does not warn about it.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CHANNEL = "telegram"

"""`python -m bot` is `regbot`."""

from bot.cli import main

main()

"""An echo bot in the way of python-telegram-bot's own examples, to compare with: `python -m benchmarks.echo_bot`.

It answers every message with its text and every pressed button with its data, as many at once as our bot, through as many
connections, without a limit of its own. With a database, it also commits one row for each, as a bot does that
remembers anything.
"""

import argparse
import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from telegram import Update
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

AT_ONCE = 256
Note = Callable[[int, str], Awaitable[None]]


def _notes(database: Path) -> Note:
    """Return what commits a row on a thread of its own."""
    worker = ThreadPoolExecutor(1)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, chat INTEGER, text TEXT)")
        return connection

    connection = worker.submit(connect).result()

    def commit(chat: int, text: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO messages (chat, text) VALUES (?, ?)", (chat, text))
        connection.execute("COMMIT")

    async def note(chat: int, text: str) -> None:
        await asyncio.get_running_loop().run_in_executor(worker, commit, chat, text)

    return note


async def _forget(_chat: int, _text: str) -> None:
    """Note nothing."""


def main() -> None:
    """Run the bot until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--connections", type=int, default=AT_ONCE)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    note = _notes(options.database) if options.database else _forget

    async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message and update.message.text:
            await note(update.message.chat_id, update.message.text)
            await update.message.reply_text(update.message.text)

    async def button(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query and query.data:
            await query.answer()
            await note(query.from_user.id, query.data)
            await context.bot.send_message(query.from_user.id, query.data)

    application = (
        ApplicationBuilder()
        .token(options.token)
        .base_url(f"{options.api}/bot")
        .concurrent_updates(options.at_once)
        .connection_pool_size(options.connections)
        .pool_timeout(20)
        .read_timeout(20)
        .job_queue(None)
        .build()
    )
    application.add_handler(CommandHandler(["start", "help", "guides"], echo))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    application.add_handler(CallbackQueryHandler(button))
    application.run_polling(timeout=30)


if __name__ == "__main__":
    main()

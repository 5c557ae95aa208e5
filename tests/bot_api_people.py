"""What people do in Telegram: each method queues the update that it leads to."""

import itertools
import re
from datetime import UTC, datetime
from typing import Any, Literal

from tests.bot_api_methods import Message, Methods
from tests.bot_api_rules import utf16

_ENTITIES = re.compile(
    r"(?<![\w/])(?:(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)|(?P<mention>@\w{3,32}))(?![\w/])"
)


class People(Methods):
    """The side of the people, over the chats that the methods know."""

    languages: dict[int, str]
    _query_ids = itertools.count(4_000_001)

    def meet(self, user: int) -> None:
        """Makes a private chat known without any update, as if this person had written before."""
        self._known_chat(user, "private", self._user(user))

    def message(
        self,
        user: int,
        text: str | None = None,
        *,
        chat: int | None = None,
        chat_type: str = "private",
        language_code: str | None = "zh-hans",
        entities: list[dict[str, Any]] | Literal["auto"] = "auto",
        reply_to: int | None = None,
        date: datetime | None = None,
        edited: bool = False,
        **fields: Any,
    ) -> int:
        """A message of a person; with ``edited`` their newest message there is changed.

        Args:
            user: Who writes.
            text: The text, or none when ``fields`` hold something else.
            chat: Where, by default the private chat with that person.
            chat_type: What kind of chat that is.
            language_code: The language of their app; none leaves it out.
            entities: The marked parts of the text; "auto" marks commands and mentions.
            reply_to: The id of the message that this one replies to.
            date: When it was written, by default now.
            edited: Whether it changes an earlier message.
            fields: More fields of the message, such as ``photo`` and ``caption``.

        Returns:
            The update's id.
        """
        sender = self._user(user, language_code)
        where = self._known_chat(user if chat is None else chat, chat_type, sender)
        there = self.messages[where["id"]]
        old = next((each for each in reversed(there.values()) if each.sender["id"] == user), None) if edited else None
        message = Message(
            fields.pop("message_id", None) or (old.id if old else next(self.ids)),
            where,
            sender,
            int((date or datetime.now(UTC)).timestamp()),
            text,
            entities=(_entities(text or "") if entities == "auto" else entities),
            edited=edited,
            reply_to=reply_to,
            extra=fields,
        )
        there[message.id] = message
        sent = message.sent()
        if reply_to is not None:
            sent["reply_to_message"] = there[reply_to].sent()
        return self.raw({"edited_message" if edited else "message": sent})

    def press(
        self, user: int, message_id: int | None, data: str, *, inaccessible: bool = False, chat: int | None = None
    ) -> int:
        """A button pressed, with any data, under a message of the bot; without message: one of inline mode."""
        query: dict[str, Any] = {
            "id": str(next(self._query_ids)),
            "from": self._user(user),
            "chat_instance": str(user),
            "data": data,
        }
        if message_id is None:
            query["inline_message_id"] = f"inline-{query['id']}"
            self.inline_messages.add(query["inline_message_id"])
        elif inaccessible:
            where = self._known_chat(user if chat is None else chat, "private", query["from"])
            query["message"] = {"chat": where, "message_id": message_id, "date": 0}
        else:
            query["message"] = self.messages[user if chat is None else chat][message_id].sent()
        self.callback_queries[query["id"]] = False
        return self.raw({"callback_query": query})

    def press_label(self, user: int, label: str, *, chat: int | None = None) -> int:
        """The button with that label, else with a label that contains it, in the newest message that has one."""
        there = self.messages[user if chat is None else chat]
        seen = [each.seen() for each in reversed(there.values())]
        buttons = [(each["message_id"], button) for each in seen for row in each["buttons"] for button in row]
        for fits in (label.__eq__, lambda text: label in text):
            for message_id, button in buttons:
                if fits(button["text"]) and "callback_data" in button:
                    return self.press(user, message_id, button["callback_data"], chat=chat)
        labels = [button["text"] for _, button in buttons]
        raise AssertionError(f"no button {label!r} among {labels}")

    def inline(self, user: int, query: str, *, language_code: str | None = "zh-hans") -> int:
        """An inline query, typed in some other chat."""
        query_id = str(next(self._query_ids))
        self.inline_queries[query_id] = False
        sender = self._user(user, language_code)
        return self.raw({"inline_query": {"id": query_id, "from": sender, "query": query, "offset": ""}})

    def blocked(self, user: int, *, blocked: bool) -> int:
        """A person blocks the bot, or lets it in again; the bot is told, and may not write to a person who blocked it."""
        sender = self._user(user)
        where = self._known_chat(user, "private", sender)
        (self.blockers.add if blocked else self.blockers.discard)(user)
        member: dict[str, Any] = {"user": self.me, "status": "member"}
        banned: dict[str, Any] = {"user": self.me, "status": "kicked", "until_date": 0}
        change = {"chat": where, "from": sender, "date": _now()}
        change |= {"old_chat_member": member if blocked else banned, "new_chat_member": banned if blocked else member}
        return self.raw({"my_chat_member": change})

    def channel_post(self, text: str) -> int:
        """A post in a channel where the bot is."""
        channel = self._known_chat(-1_001_000_000_001, "channel", self._user(1))
        return self.raw({"channel_post": {"message_id": next(self.ids), "chat": channel, "date": _now(), "text": text}})

    def raw(self, update: dict[str, Any]) -> int:
        """Any update; an ``update_id`` in it is kept."""
        return self.updates.add(update)

    def redeliver(self, update_id: int) -> None:
        """The same update once more, as after a lost confirmation."""
        self.updates.redeliver(update_id)

    def chat(self, chat_id: int) -> list[dict[str, Any]]:
        """All messages of a chat as they look now, from both sides."""
        return [message.seen() for message in self.messages[chat_id].values()]

    def _user(self, user: int, language_code: str | None = None) -> dict[str, Any]:
        if language_code is not None:
            self.languages[user] = language_code
        sender: dict[str, Any] = {"id": user, "is_bot": False, "first_name": f"考生{user}"}
        return sender | ({"language_code": self.languages[user]} if user in self.languages else {})

    def _known_chat(self, chat_id: int, kind: str, user: dict[str, Any]) -> dict[str, Any]:
        name = {"first_name": user["first_name"]} if kind == "private" else {"title": f"群{-chat_id}"}
        return self.chats.setdefault(chat_id, {"id": chat_id, "type": kind} | name)


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _entities(text: str) -> list[dict[str, Any]]:
    return [
        {"type": found.lastgroup, "offset": utf16(text[: found.start()]), "length": utf16(found[0])}
        for found in _ENTITIES.finditer(text)
    ]

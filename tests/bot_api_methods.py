"""The methods of the Bot API over the chats, queries and menus that the test server keeps."""

import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from tests import bot_api_rules as rules
from tests.bot_api_rules import ApiError, refusal
from tests.bot_api_updates import Updates

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_PROFILE_LIMITS = {"name": 64, "description": 512, "short_description": 120}


@dataclass
class Message:
    """A message as it stands in a chat."""

    id: int
    chat: dict[str, Any]
    sender: dict[str, Any]
    date: int
    text: str | None = None
    html: str | None = None
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    document: dict[str, Any] | None = None
    edited: bool = False
    reply_to: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def seen(self) -> dict[str, Any]:
        """What a test looks at."""
        return {
            "message_id": self.id,
            "text": self.text,
            "html": self.html,
            "entities": self.entities,
            "buttons": (self.markup or {}).get("inline_keyboard", []),
            "markup": self.markup,
            "from_bot": self.sender["is_bot"],
            "document": self.document,
            "edited": self.edited,
            "reply_to": self.reply_to,
        }

    def sent(self) -> dict[str, Any]:
        """What the Bot API calls a Message."""
        message = {"message_id": self.id, "from": self.sender, "chat": self.chat, "date": self.date} | self.extra
        caption = "caption_" if self.document else ""
        if self.text is not None:
            message["caption" if self.document else "text"] = self.text
        if self.entities:
            message[caption + "entities"] = self.entities
        if self.markup and "inline_keyboard" in self.markup:
            message["reply_markup"] = self.markup
        if self.document:
            message["document"] = {key: value for key, value in self.document.items() if key != "content"}
        if self.edited:
            message["edit_date"] = self.date + 1
        return message


@dataclass(frozen=True)
class Reached:
    """Something of the bot that reached a chat, as it looked then."""

    kind: Literal["sent", "edited", "markup"]
    message: dict[str, Any]


class Methods:
    """What the server knows, and one function for each method."""

    def __init__(self, me: dict[str, Any], updates: Updates) -> None:
        self.me = me
        self.updates = updates
        self.chats: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[int, Message]] = defaultdict(dict)  # by chat, then by id
        self.reached: dict[int, list[Reached]] = defaultdict(list)
        self.blockers: set[int] = set()
        self.callback_queries: dict[str, bool] = {}  # whether it was answered
        self.inline_queries: dict[str, bool] = {}
        self.inline_messages: set[str] = set()
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}  # by scope and language
        self.profile: dict[tuple[str, str], str] = {("name", ""): me["first_name"]}
        self.ids = itertools.count(1)
        self.by_name: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getMe": lambda _: self.me,
            "logOut": lambda _: True,
            "close": lambda _: True,
            "setWebhook": updates.set_webhook,
            "deleteWebhook": updates.delete_webhook,
            "getWebhookInfo": updates.webhook_info,
            "sendMessage": self._send_message,
            "sendDocument": self._send_document,
            "sendChatAction": self._send_chat_action,
            "editMessageText": self._edit_text,
            "editMessageReplyMarkup": self._edit_markup,
            "answerCallbackQuery": self._answer_callback,
            "answerInlineQuery": self._answer_inline,
            "setMyCommands": self._set_commands,
            "getMyCommands": self._get_commands,
            "deleteMyCommands": lambda params: self.commands.pop(_menu(params), None) is None or True,
        }
        for name, limit in _PROFILE_LIMITS.items():
            suffix = "My" + name.title().replace("_", "")
            self.by_name["set" + suffix] = partial(self._set_text, name, limit)
            self.by_name["get" + suffix] = partial(self._get_text, name)

    async def run(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a method."""
        if method == "getUpdates":
            return await self.updates.get(params)
        return self.by_name[method](params)

    def _chat(self, params: dict[str, Any]) -> dict[str, Any]:
        chat = self.chats.get(params["chat_id"])
        if chat is None:
            raise refusal("chat not found")
        if chat["id"] in self.blockers:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def _new(self, params: dict[str, Any], text: str | None, **fields: Any) -> dict[str, Any]:
        chat = self._chat(params)
        reply = params.get("reply_parameters")
        reply_to = reply["message_id"] if reply else None
        if reply and reply_to not in self.messages[chat["id"]]:
            if not reply.get("allow_sending_without_reply"):
                raise refusal("message to be replied not found")
            reply_to = None
        rules.check_markup(params.get("reply_markup"))
        plain, entities = text, params.get("entities", [])
        if text is not None:
            what = "caption" if "document" in fields else "message"
            plain, parsed = rules.formatted(text, params.get("parse_mode"), what)
            entities = parsed or entities
        message = Message(
            next(self.ids),
            chat,
            self.me,
            int(time.time()),
            plain,
            text,
            entities,
            params.get("reply_markup"),
            reply_to=reply_to,
            **fields,
        )
        self.messages[chat["id"]][message.id] = message
        self.reached[chat["id"]].append(Reached("sent", message.seen()))
        return message.sent()

    def _send_message(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._new(params, params["text"])

    def _send_document(self, params: dict[str, Any]) -> dict[str, Any]:
        document = params["document"]
        if isinstance(document, str):
            raise refusal("wrong file identifier/HTTP URL specified")
        if not document["content"]:
            raise refusal("file must be non-empty")
        return self._new(params, params.get("caption"), document=document)

    def _send_chat_action(self, params: dict[str, Any]) -> bool:
        self._chat(params)
        rules.check_action(params["action"])
        return True

    def _editable(self, params: dict[str, Any]) -> Message | None:
        """The message to edit; None when it is one of inline mode, of which the server keeps no text."""
        if "inline_message_id" in params:
            if params["inline_message_id"] not in self.inline_messages:
                raise refusal("MESSAGE_ID_INVALID")
            return None
        if "chat_id" not in params or "message_id" not in params:
            raise refusal("message identifier is not specified")
        if params["chat_id"] not in self.chats:
            raise refusal("chat not found")
        message = self.messages[params["chat_id"]].get(params["message_id"])
        if message is None:
            raise refusal("message to edit not found")
        if not message.sender["is_bot"]:
            raise refusal("message can't be edited")
        return message

    def _edit_text(self, params: dict[str, Any]) -> dict[str, Any] | bool:
        message = self._editable(params)
        if "text" not in params:
            raise refusal("message text is empty")
        plain, entities = rules.formatted(params["text"], params.get("parse_mode"))
        markup = params.get("reply_markup")
        rules.check_markup(markup)
        if message is None:
            return True
        if message.document:
            raise refusal("there is no text in the message to edit")
        if (plain, entities, _rows(markup)) == (message.text, message.entities, _rows(message.markup)):
            raise refusal(_NOT_MODIFIED)
        message.text, message.html, message.entities, message.markup = plain, params["text"], entities, markup
        return self._edited("edited", message)

    def _edit_markup(self, params: dict[str, Any]) -> dict[str, Any] | bool:
        message = self._editable(params)
        markup = params.get("reply_markup")
        rules.check_markup(markup)
        if message is None:
            return True
        if _rows(markup) == _rows(message.markup):
            raise refusal(_NOT_MODIFIED)
        message.markup = markup
        return self._edited("markup", message)

    def _edited(self, kind: Literal["edited", "markup"], message: Message) -> dict[str, Any]:
        message.edited = True
        self.reached[message.chat["id"]].append(Reached(kind, message.seen()))
        return message.sent()

    def _answer_callback(self, params: dict[str, Any]) -> bool:
        if rules.utf16(params.get("text", "")) > 200:
            raise refusal("MESSAGE_TOO_LONG")
        return _answer(self.callback_queries, params["callback_query_id"])

    def _answer_inline(self, params: dict[str, Any]) -> bool:
        rules.check_results(params["results"])
        return _answer(self.inline_queries, params["inline_query_id"])

    def _scoped(self, params: dict[str, Any]) -> tuple[str, str]:
        """The key of a command menu; a chat for which it is to be must be known."""
        chat = params.get("scope", {}).get("chat_id")
        if chat is not None and chat not in self.chats:
            raise refusal("chat not found")
        return _menu(params)

    def _get_commands(self, params: dict[str, Any]) -> list[dict[str, str]]:
        return self.commands.get(self._scoped(params), [])

    def _set_commands(self, params: dict[str, Any]) -> bool:
        rules.check_commands(params["commands"])
        self.commands[self._scoped(params)] = params["commands"]
        return True

    def _set_text(self, name: str, limit: int, params: dict[str, Any]) -> bool:
        language = rules.check_language(params.get("language_code", ""))
        text = params.get(name, "")
        if rules.utf16(text) > limit:
            raise refusal(f"{name.replace('_', ' ')} is too long")
        if text:
            self.profile[name, language] = text
        else:
            self.profile.pop((name, language), None)
        return True

    def _get_text(self, name: str, params: dict[str, Any]) -> dict[str, str]:
        language = params.get("language_code", "")
        return {name: self.profile.get((name, language), self.profile.get((name, ""), ""))}


def _rows(markup: dict[str, Any] | None) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = (markup or {}).get("inline_keyboard", [])
    return [row for row in rows if row]


def _answer(queries: dict[str, bool], query_id: str) -> bool:
    if queries.get(query_id, True):
        raise refusal(_TOO_OLD)
    queries[query_id] = True
    return True


def _menu(params: dict[str, Any]) -> tuple[str, str]:
    """The key of a command menu: its scope (the kind alone unless it names a chat) and its language."""
    scope = params.get("scope", {"type": "default"})
    name = scope["type"] if len(scope) == 1 else json.dumps(scope, sort_keys=True)
    return name, rules.check_language(params.get("language_code", ""))

"""What Telegram refuses: parameters against the published specification, HTML, buttons, commands, sizes."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_SPEC: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "bot-api.json").read_text(encoding="utf-8"))
METHODS: dict[str, dict[str, Any]] = _SPEC["methods"]
_TYPES: dict[str, dict[str, Any]] = _SPEC["types"]
_UNIONS: dict[str, list[str]] = _SPEC["unions"]
_BY_LOWER_CASE = {name.lower(): name for name in METHODS}

_SCALARS: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "Float number": (int, float),
    "Boolean": (bool,),
    "True": (bool,),
    "String": (str,),
    "InputFile": (str,),
}
_ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_HTML = re.compile(
    r"""&(?P<ref>[A-Za-z]+|\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6});
    |<(?P<close>/)?(?P<tag>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:\s+[a-z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))?)*)\s*>
    |[<>&]""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([a-z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>=]+))?""")
_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
_BUTTON_KINDS = set(_TYPES["InlineKeyboardButton"]) - {"text", "icon_custom_emoji_id", "style"}


class ApiError(Exception):
    """An answer other than ok, with Telegram's description."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def refusal(description: str) -> ApiError:
    """A 400 with this description."""
    return ApiError(400, f"Bad Request: {description}")


def utf16(text: str) -> int:
    """The length of a text as Telegram counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def method_name(name: str) -> str:
    """The method as the specification spells it; Telegram does not mind the case."""
    found = _BY_LOWER_CASE.get(name.lower())
    if found is None:
        raise ApiError(404, "Not Found: method not found")
    return found


def decoded(method: str, given: dict[str, Any], *, is_json: bool) -> dict[str, Any]:
    """The parameters of a call as values, or a refusal when one is unknown, missing or of the wrong type."""
    fields = METHODS[method]
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields:
            raise refusal(f'parameter "{name}" is not known to {method}')
        values[name] = value if is_json else _from_text(name, value, fields[name]["types"])
        _check(values[name], fields[name]["types"], name)
    for name, field in fields.items():
        if field["required"] and name not in values:
            raise refusal(
                {"text": "message text is empty", "chat_id": "chat_id is empty"}.get(name)
                or f'parameter "{name}" is required'
            )
    if isinstance(values.get("chat_id"), str) and re.fullmatch(r"-?\d+", values["chat_id"]):
        values["chat_id"] = int(values["chat_id"])
    return values


def _from_text(name: str, value: str, types: list[str]) -> Any:
    if "String" in types or "InputFile" in types:
        return value
    if types[0] in {"Boolean", "True"}:
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    try:
        return json.loads(value)
    except ValueError:
        raise refusal(f"can't parse {name}: it is not JSON") from None


def _check(value: Any, types: list[str], where: str) -> None:
    problems = [problem for problem in (_problem(value, kind, where) for kind in types) if problem]
    if len(problems) == len(types):
        raise refusal(problems[-1] if len(types) == 1 else min(problems, key=lambda text: "is missing" in text))


def _problem(value: Any, kind: str, where: str) -> str | None:
    wrong = f'field "{where}" must be of type {kind}'
    if kind in _SCALARS:
        fits = isinstance(value, _SCALARS[kind]) and (bool in _SCALARS[kind] or not isinstance(value, bool))
        return None if fits else wrong
    if kind.startswith("Array of "):
        each_kind = kind.removeprefix("Array of ")
        each = value if isinstance(value, list) else []
        found = next(filter(None, (_problem(member, each_kind, where) for member in each)), None)
        return found if isinstance(value, list) else wrong
    if not isinstance(value, dict):
        return wrong
    problems = [_object_problem(value, member, where) for member in _UNIONS.get(kind, [kind])]
    return None if None in problems else problems[-1]


def _object_problem(value: dict[str, Any], kind: str, where: str) -> str | None:
    fields = _TYPES.get(kind)
    if fields is None:  # a type that no bot of this kind sends; only its being an object is checked
        return None
    for name, field in fields.items():
        if name in value:
            problems = [_problem(value[name], each, f"{where}.{name}") for each in field["types"]]
            if None not in problems:
                return problems[0]
        elif field["required"]:
            return f'can\'t parse {kind}: field "{name}" is missing'
    unknown = next((name for name in value if name not in fields), None)
    return f'can\'t parse {kind}: field "{unknown}" is not known' if unknown else None


def parsed_html(html: str) -> tuple[str, list[dict[str, Any]]]:
    """The plain text and its entities.

    Stricter than the real server in one thing: a bare ``&`` or ``>`` is refused, because the documentation
    demands that they be escaped, and a bot that forgets it shows wrong text as soon as a person types ``&lt;``.
    """
    out: list[str] = []
    open_tags: list[tuple[str, int, dict[str, str]]] = []
    entities: list[dict[str, Any]] = []
    at = units = 0
    for found in _HTML.finditer(html):
        literal = html[at : found.start()]
        at = found.end()
        out.append(literal)
        units += utf16(literal)
        offset = len(html[: found.start()].encode())
        if found["ref"]:
            character = _character(found["ref"], offset)
            out.append(character)
            units += utf16(character)
        elif found["tag"] is None:
            raise _entities(
                f"Unclosed start tag at byte offset {offset}"
                if found[0] == "<"
                else f'Character "{found[0]}" is not escaped at byte offset {offset}'
            )
        elif found["close"]:
            entities += _closed(open_tags, found["tag"].lower(), offset, units)
        else:
            open_tags.append(_opened(found["tag"].lower(), found["attributes"], offset, units))
    if open_tags:
        raise _entities(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join(out) + html[at:], sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _entities(what: str) -> ApiError:
    return refusal(f"can't parse entities: {what}")


def _character(reference: str, offset: int) -> str:
    if reference.startswith("#"):
        number = int(f"0{reference[1:]}", 0) if reference[1] in "xX" else int(reference[1:])
        if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000:
            return chr(number)
    elif reference in _NAMED:
        return _NAMED[reference]
    raise _entities(f'Unsupported HTML entity "&{reference};" at byte offset {offset}')


def _opened(tag: str, attributes: str, offset: int, units: int) -> tuple[str, int, dict[str, str]]:
    given = {name: (value or "").strip("\"'") for name, value in _ATTRIBUTE.findall(attributes)}
    if tag not in _ENTITY_OF_TAG or (tag == "span" and given.get("class") != "tg-spoiler"):
        raise _entities(f'Unsupported start tag "{tag}" at byte offset {offset}')
    return tag, units, given


def _closed(
    open_tags: list[tuple[str, int, dict[str, str]]], tag: str, offset: int, units: int
) -> list[dict[str, Any]]:
    if not open_tags:
        raise _entities(f"Unexpected end tag at byte offset {offset}")
    name, start, attributes = open_tags.pop()
    if name != tag:
        raise _entities(f'Unmatched end tag at byte offset {offset}, expected "</{name}>", found "</{tag}>"')
    if units == start or (tag == "a" and not attributes.get("href")):
        return []
    entity: dict[str, Any] = {"type": _ENTITY_OF_TAG[tag], "offset": start, "length": units - start}
    if tag == "a":
        entity["url"] = attributes["href"]
    return [entity]


def formatted(text: str, parse_mode: str | None, what: str = "message") -> tuple[str, list[dict[str, Any]]]:
    """The text as people see it, with its entities; too long or empty is refused. Only HTML is known as a mode."""
    if parse_mode and parse_mode.lower() != "html":
        raise refusal("unsupported parse_mode")
    plain, entities = parsed_html(text) if parse_mode else (text, [])
    lead = utf16(plain) - utf16(plain.lstrip())
    plain = plain.strip()
    for entity in entities:
        entity["offset"] = max(0, entity["offset"] - lead)
    if what == "message" and not plain:
        raise refusal("message text is empty")
    if utf16(plain) > (4096 if what == "message" else 1024):
        raise refusal("message is too long" if what == "message" else "message caption is too long")
    return plain, entities


def check_markup(markup: dict[str, Any] | None) -> None:
    """Refuses a keyboard that is too large, or a button without label, without one action or with long data."""
    rows: list[list[dict[str, Any]]] = (markup or {}).get("inline_keyboard") or []
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise refusal("reply markup is too long")
    for button in (button for row in rows for button in row):
        kinds = _BUTTON_KINDS & set(button)
        if not button["text"].strip():
            raise refusal("can't parse inline keyboard button: Button text must be non-empty")
        if len(kinds) != 1:
            raise refusal("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in kinds and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise refusal("BUTTON_DATA_INVALID")
        if "url" in kinds and not _is_url(button["url"]):
            raise refusal(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _is_url(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "tg" or (parts.scheme in {"http", "https"} and "." in (parts.hostname or ""))


def check_action(action: str) -> None:
    """Refuses a chat action that does not exist."""
    if action not in _ACTIONS:
        raise refusal("wrong parameter action in request")


def check_language(code: str) -> str:
    """The language of a menu or of a description: two letters, or none for everybody else."""
    if not re.fullmatch(r"([a-z]{2})?", code):
        raise refusal("invalid language code specified")
    return code


def check_commands(commands: list[dict[str, str]]) -> None:
    """Refuses a command menu with a command or description that Telegram does not take."""
    if len(commands) > 100:
        raise refusal("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise refusal("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise refusal("BOT_COMMAND_DESCRIPTION_INVALID")


def check_results(results: list[dict[str, Any]]) -> None:
    """Refuses inline results that are too many, doubled, badly named or not sendable."""
    if len(results) > 50:
        raise refusal("RESULTS_TOO_MUCH")
    if any(not 1 <= len(result["id"].encode()) <= 64 for result in results):
        raise refusal("RESULT_ID_INVALID")
    if len({result["id"] for result in results}) < len(results):
        raise refusal("RESULT_ID_DUPLICATE")
    for result in results:
        content = result["input_message_content"]
        formatted(content["message_text"], content.get("parse_mode"))
        check_markup(result.get("reply_markup"))


def check_webhook(url: str, secret: str | None, *, local: bool) -> None:
    """Refuses an address or a secret that Telegram does not take; ``local`` lets plain HTTP on loopback pass."""
    parts = urlsplit(url)
    if secret is not None and not 1 <= len(secret) <= 256:
        raise refusal("secret token is too long" if secret else "secret token must be non-empty")
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", secret):
        raise refusal("secret token contains unallowed characters")
    if local and parts.scheme == "http" and parts.hostname == "127.0.0.1":
        return
    if parts.scheme != "https":
        raise refusal("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in {443, 80, 88, 8443}:
        raise refusal("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")

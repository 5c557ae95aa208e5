"""Builds the replies: answers, offers, menus. Every function is pure and returns structured text with buttons."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.messages import Button, Document, Reply
from bot.texts import say
from faq.corpus import Block, Corpus, Entry
from faq.matcher import Match
from faq.text import LANGUAGES, Language

if TYPE_CHECKING:
    from faq.links import Link

ENTRY: Final = "entry:"
GROUP: Final = "group:"
HELPFUL: Final = "helpful:"
UNHELPFUL: Final = "unhelpful:"
LANGUAGE: Final = "language:"
TOPICS: Final = "topics"
GUIDES: Final = "guides"
NONE_OF_THESE: Final = "none-of-these:"
HEAR: Final = "hear:"
WHERE: Final = "where:"
IN: Final = "in:"
OPERATOR: Final = "op:"
FORGET_YES: Final = "forget:yes"
FORGET_NO: Final = "forget:no"
REMIND: Final = "remind"
REMIND_ON: Final = "remind:on"
REMIND_LATER: Final = "remind:later"

OFFERED: Final = 3
"""So many entries are offered when it is unclear which one was meant."""
RELATED: Final = 3
NEAR_ENOUGH: Final = 0.02
"""Without an answer, entries with at least this probability are named as the nearest questions."""

LANGUAGE_NAMES: Final[dict[Language, str]] = {"zh": "中文", "en": "English"}


def paragraph(text: str) -> Block:
    """Return a paragraph."""
    return Block("paragraph", (text,))


def said(language: Language, *keys: str, buttons: Sequence[Button] = ()) -> Reply:
    """Return the assistant's own texts as paragraphs."""
    return Reply(tuple(paragraph(say(language, key)) for key in keys), tuple(buttons))


def welcome(languages: Sequence[Language]) -> Reply:
    """Return the greeting: in both languages for somebody whose language is not known yet."""
    keys = ("welcome", "examples", "never-send")
    blocks = [paragraph(say(language, key)) for language in languages for key in keys]
    return Reply(tuple(blocks), (*_first_buttons(languages[0]), *_language_buttons()))


def help_text(language: Language) -> Reply:
    """Return what the assistant can do, and its commands."""
    return said(language, "welcome", "examples", "commands", "never-send", buttons=_first_buttons(language))


def bare_answer(entry: Entry, language: Language) -> Reply:
    """Return an entry's answer and nothing else."""
    text = entry.texts[language]
    local = (Block("note", (text.local,)),) if text.local else ()
    return Reply((*text.answer, *local), title=text.question)


def answer(corpus: Corpus, entry: Entry, language: Language, ways_on: Sequence[Button] = ()) -> Reply:
    """Return an entry's answer with what it leads to (a flow, reminders) and the questions that a person would ask next."""
    bare = bare_answer(entry, language)
    blocks = [*bare.blocks]
    next_ones = entry_buttons(corpus, entry.related[:RELATED], language)
    if next_ones:
        blocks.append(paragraph(say(language, "next")))
    opinion = (
        Button(say(language, "helpful"), HELPFUL + entry.id, "opinion"),
        Button(say(language, "unhelpful"), UNHELPFUL + entry.id, "opinion"),
    )
    return Reply(tuple(blocks), (*ways_on, *next_ones, *opinion), title=bare.title)


def entry_buttons(corpus: Corpus, ids: Iterable[str], language: Language) -> tuple[Button, ...]:
    """Return a button for each entry, labelled with its question."""
    entries = (corpus.entry(entry_id) for entry_id in ids)
    return tuple(Button(entry.texts[language].question, ENTRY + entry.id) for entry in entries if entry)


def for_match(
    corpus: Corpus,
    match: Match,
    language: Language,
    show: Callable[[Entry], Reply] | None = None,
    asked: str = "",
) -> list[Reply]:
    """Return what is said to a message, from what the matcher made of it.

    `show` makes the reply of an entry. `asked` names the question, so that the person can ask to hear when it is answered.
    """
    show = show or (lambda entry: answer(corpus, entry, language))
    ids = [candidate.id for candidate in match.candidates]
    if match.language is None:
        return [said(language, "not-words")]
    if match.verdict == "answer":
        entries = [entry for entry_id in match.answers if (entry := corpus.entry(entry_id))]
        first = [said(language, "two-questions")] if len(entries) > 1 else []
        return [*first, *map(show, entries)]
    if match.verdict == "smalltalk":
        reply = next(talk.texts[language].reply for talk in corpus.small_talk if talk.id == match.small_talk)
        return [Reply((paragraph(reply),))]
    subject = next((found for found in corpus.subjects if found.id == match.subject), None)
    about = (paragraph(subject.texts[language].pointer),) if subject else ()
    if match.verdict == "suggest":
        offer = did_you_mean(corpus, ids, language, asked)
        return [Reply((*about, *offer.blocks), offer.buttons)]
    if about:
        return [Reply(about, (_topics_button(language),))]
    near = [candidate.id for candidate in match.candidates if candidate.score >= NEAR_ENOUGH]
    return [no_answer(corpus, near, language, asked)]


def did_you_mean(corpus: Corpus, ids: Sequence[str], language: Language, asked: str = "") -> Reply:
    """Return the offer of a few entries; `asked` names the question for whom none of them is right."""
    buttons = entry_buttons(corpus, ids[:OFFERED], language)
    none = Button(say(language, "none-of-these"), NONE_OF_THESE + asked)
    return said(language, "did-you-mean", buttons=[*buttons, none])


def no_answer(corpus: Corpus, nearest: Sequence[str], language: Language, asked: str = "") -> Reply:
    """Return that there is no answer, whom to ask, and the nearest questions where they are near enough.

    `asked` names the question, for whom it may be answered later; empty when it was not noted.
    """
    contact = corpus.contact.get(language)
    blocks = [paragraph(say(language, "no-answer")), paragraph(contact or say(language, "ask-locally"))]
    buttons = entry_buttons(corpus, nearest[:OFFERED], language)
    if buttons:
        blocks.append(paragraph(say(language, "nearest")))
    hear = (Button(say(language, "hear-button"), HEAR + asked),) if asked else ()
    return Reply(tuple(blocks), (*buttons, *hear, _topics_button(language)))


def unhelpful(corpus: Corpus, entry: Entry, language: Language) -> Reply:
    """Return what to do when an answer did not help."""
    related = entry_buttons(corpus, entry.related[:RELATED], language)
    return said(language, "thanks-unhelpful", buttons=[*related, _topics_button(language)])


def topics(corpus: Corpus, language: Language) -> Reply:
    """Return the menu of groups."""
    buttons = [Button(group.titles[language], GROUP + group.id) for group in corpus.groups]
    return replace(said(language, "topics", buttons=buttons), kind="menu")


def group(corpus: Corpus, group_id: str, language: Language) -> Reply | None:
    """Return the questions of a group with their one-line summaries, or None when there is no such group."""
    title = next((found.titles[language] for found in corpus.groups if found.id == group_id), None)
    if title is None:
        return None
    entries = corpus.in_group(group_id)
    lines = tuple(f"{entry.texts[language].question} {entry.texts[language].summary}" for entry in entries)
    buttons = entry_buttons(corpus, (entry.id for entry in entries), language)
    return Reply((Block("list", lines),), (*buttons, _topics_button(language)), title=title, kind="menu")


def page(command: str, corpus: Corpus, language: Language) -> Reply | None:
    """Return what a command shows that is the same for everybody; None when it is another one."""
    match command:
        case "/help":
            return help_text(language)
        case "/topics":
            return topics(corpus, language)
        case "/language":
            return choose_language()
        case "/privacy":
            return privacy(language, corpus.operator.get(language))
        case "/forget":
            return forget(language)
    return None


def choose_language() -> Reply:
    """Return the choice of languages."""
    return Reply((paragraph(say("zh", "choose-language")),), _language_buttons())


def privacy(language: Language, operator: str | None = None) -> Reply:
    """Return what is kept, and how to get or delete it; `operator` is the name of who runs the assistant, where it is known."""
    by = (paragraph(say(language, "privacy-operator", operator=operator)),) if operator else ()
    kept, *rights = said(language, "privacy", "privacy-rights", "never-send").blocks
    return Reply((kept, *by, *rights))


def export(language: Language, content: str) -> Reply:
    """Return the file of everything that is stored about a person."""
    return Reply((paragraph(say(language, "export")),), document=Document("regbot-export.json", content))


def forget(language: Language) -> Reply:
    """Return the question whether to delete everything."""
    buttons = (Button(say(language, "forget-yes"), FORGET_YES), Button(say(language, "forget-no"), FORGET_NO))
    return said(language, "forget-ask", buttons=buttons)


def personal_data(kinds: Sequence[str], language: Language) -> Reply:
    """Return the request not to send personal data."""
    joiner = "、" if language == "zh" else ", "
    named = joiner.join(say(language, f"kind-{kind}") for kind in kinds)
    return Reply((Block("note", (say(language, "personal-data", kinds=named),)),))


def links(found: Sequence["Link"], language: Language) -> Reply:
    """Return what is to be thought of the links in a message, and the official address."""
    from faq.links import OFFICIAL_ADDRESS, OFFICIAL_HOSTS  # its patterns take 0.05 seconds to compile

    joiner = "；" if language == "zh" else "; "
    blocks = []
    for link in dict.fromkeys(found):
        reasons = joiner.join(say(language, f"reason-{reason}") for reason in link.reasons)
        text = say(
            language, f"link-{link.verdict}", host=link.shown_host, reasons=reasons, official=" / ".join(OFFICIAL_HOSTS)
        )
        blocks.append(paragraph(text))
    blocks.append(Block("note", (say(language, "link-address", address=OFFICIAL_ADDRESS),)))
    return Reply(tuple(blocks))


def _first_buttons(language: Language) -> tuple[Button, ...]:
    return Button(say(language, "guides-button"), GUIDES), _topics_button(language)


def _topics_button(language: Language) -> Button:
    return Button(say(language, "all-topics"), TOPICS)


def _language_buttons() -> tuple[Button, ...]:
    return tuple(Button(LANGUAGE_NAMES[language], LANGUAGE + language) for language in LANGUAGES)

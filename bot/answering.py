"""The FAQ's part of a turn: questions, buttons that lead to answers, opinions; what is given on a day and in a province."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

from bot import replies
from bot.messages import Button, Reply
from bot.personal import mask, without_placeholders
from bot.question_rows import key_of
from bot.records import Asked, Feedback, Unanswered, Usage
from bot.replies import said
from bot.texts import say
from bot.turn import Turn
from faq.corpus import Corpus, Entry
from faq.edition import depends_on_province, edition
from faq.links import find_links
from faq.matcher import Match, Matcher
from faq.text import LANGUAGES, Language, clean, exact_key, han_count, tokens, words
from flows.definition import Library, Step
from flows.journey import PROVINCE, UNSAID, Progress
from flows.understand import find_choice, is_question

MAX_LINKS: Final = 3
"""So many links of one message are spoken of."""
SAID_OF_STEPS: Final = ("acknowledgement", "goodbye")
"""Small talk that somebody at a step says of the step, so that a reply to it would sound as if it had been understood."""
HEARD_AT_STEPS: Final = ("in-despair", "worn-out")
"""Small talk that is answered at a step in whatever words it comes."""
_KEY: Final = re.compile("[0-9a-f]{16}")
"""The name of a question as buttons carry it (`key_of`)."""
_KEPT: Final = 1000
"""So much of what was worked out for a day is kept: more than there are provinces, or entries."""

WayOn = Callable[[Entry, Progress, Language], Button | None]
"""Returns the button to what an entry leads to, if there is something."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What is given on a day to somebody in a province."""

    corpus: Corpus
    without: frozenset[str]
    """The ids of the entries that are not given."""


class Answering:
    """Answers questions from one corpus; holds nothing about anybody."""

    def __init__(self, matcher: Matcher, library: Library, ways_on: Sequence[WayOn]) -> None:
        self._matcher = matcher
        self._corpus = matcher.corpus
        self._province: Step | None = library.questions.get(PROVINCE)
        self._province_names = _province_names(matcher.corpus, self._province)
        self._ways_on = ways_on
        self._editions: dict[tuple[date, str | None], Edition] = {}
        self._depends: dict[tuple[date, str], bool] = {}
        self._small_talk = {
            exact_key(clean(phrasing))
            for talk in matcher.corpus.small_talk
            if talk.id not in SAID_OF_STEPS
            for said in talk.texts.values()
            for phrasing in said.phrasings
        }

    def edition(self, today: date, province: str | None = None) -> Edition:
        """Return what is given on a day, in the time zone of the settings, to somebody in a province; None: it is not known."""
        key = (today, province)
        if (known := self._editions.get(key)) is None:
            given = edition(self._corpus, today, province)
            ids = frozenset(entry.id for entry in given.entries)
            known = Edition(given, frozenset(entry.id for entry in self._corpus.entries) - ids)
            if len(self._editions) >= _KEPT:
                self._editions.clear()
            self._editions[key] = known
        return known

    def own_edition(self, turn: Turn) -> Edition:
        """Return what is given to the person whose turn it is: in the province that their question names, or in theirs."""
        return self.edition(turn.today, turn.named_province or province_of(turn.progress))

    def candidates(self, text: str, hint: Language, today: date) -> tuple[Language, tuple[Entry, ...]]:
        """Return the entries that may answer a text, best first, and its language; without a text, one of each group."""
        given = self.edition(today)
        if not text.strip():
            groups = (given.corpus.in_group(group.id) for group in given.corpus.groups)
            return hint, tuple(entries[0] for entries in groups if entries)
        match = self._matcher.match(without_placeholders(mask(text).text), without=given.without)
        near = [found.id for found in match.candidates if found.score >= replies.NEAR_ENOUGH]
        ids = dict.fromkeys([*match.answers, *near]) if match.verdict != "smalltalk" else ()
        return match.language or hint, tuple(filter(None, map(given.corpus.entry, ids)))

    def answers(self, asked: Asked, progress: Progress, today: date) -> tuple[Entry, ...]:
        """Return the entries that answer a question which was not answered when it was asked; empty while none does."""
        text = without_placeholders(asked.text)
        given = self.edition(today, self._named_in(clean(text)) or province_of(progress))
        match = self._matcher.match(text, asked.language, without=given.without)
        return tuple(filter(None, map(given.corpus.entry, match.answers))) if match.verdict == "answer" else ()

    def message(self, turn: Turn, text: str, *, at_step: bool = False) -> None:
        """Answer a message from the FAQ; at a step, nothing is said to words that ask nothing and mean nothing."""
        masked = mask(text)
        links = find_links(text)  # in the message as typed: masking may cut through an address
        asked = without_placeholders(masked.text)
        for link in links:
            asked = asked.replace(link.text, " ")
        turn.named_province = self._named_in(clean(asked))
        match = self._matcher.match(asked, without=self.own_edition(turn).without)
        nothing = match.verdict == "none" and not match.subject and not is_question(clean(asked))
        # What sounds like small talk at a step is more likely an answer that was not understood.
        chat = match.verdict == "smalltalk" and match.small_talk not in HEARD_AT_STEPS
        nothing = nothing or (chat and exact_key(clean(asked)) not in self._small_talk)
        if at_step and (nothing or match.language is None) and not masked.kinds and not links:
            return
        if match.language and not (turn.known and _tells_no_language(match, asked)):
            turn.language = match.language
            turn.spoke = True
        if masked.kinds:
            turn.replies.append(replies.personal_data(masked.kinds, turn.language))
        if links:
            turn.replies.append(replies.links(links[:MAX_LINKS], turn.language))
            if match.verdict != "answer" or match.answers[0] == "portal-address":
                return
        if masked.kinds and (match.language is None or (at_step and match.verdict in ("suggest", "none"))):
            return
        self._answer(turn, match, masked.text)

    def _answer(self, turn: Turn, match: Match, masked: str) -> None:
        turn.used = (*turn.used, *_used(match, turn))
        given = self.own_edition(turn).corpus
        hear, key = "", key_of(masked, turn.language)
        if match.verdict in ("suggest", "none") and match.language:
            best = tuple((candidate.id, candidate.score) for candidate in match.candidates)
            turn.unanswered = Unanswered(masked, turn.language, match.verdict, best)
            hear = key
        elif match.verdict == "answer" and (asked := _asked(turn, key)) and asked.hears:
            turn.heard = (*turn.heard, asked.number)  # they asked again, and need not be told once more
        elsewhere: tuple[Button, ...] = ()
        if match.verdict == "none" and match.language and not match.subject:
            elsewhere = self._where_button("", turn)
        found = replies.for_match(given, match, turn.language, partial(self._entry, turn), hear)
        turn.replies.extend(_with_first(reply, elsewhere) for reply in found)

    def button(self, turn: Turn, data: str) -> tuple[Reply, bool]:
        """Return the reply to a button that is not the flows', and whether the step that one is at is shown below."""
        corpus = self.own_edition(turn).corpus
        if menu := _menu(data, corpus, turn.language):
            return menu, False
        if data == replies.FORGET_NO:
            return said(turn.language, "kept"), True
        kind, colon, value = data.partition(":")
        asks = kind + colon == replies.WHERE and (not value or corpus.entry(value))
        if asks and self._province:
            return self._ask_where(self._province, value, turn.language), False
        return self._done(turn, kind, value, corpus.entry(value)) or said(turn.language, "unknown-button"), True

    def _done(self, turn: Turn, kind: str, value: str, entry: Entry | None) -> Reply | None:
        """Return the reply to a button that does something, or shows an entry; None for what was never offered."""
        reply: Reply | None = None
        match f"{kind}:":
            case replies.ENTRY if entry:
                turn.used = (*turn.used, Usage(turn.today, "opened", entry.id, turn.language))
                reply = self._entry(turn, entry)
            case replies.ENTRY | replies.WHERE if not entry and self._corpus.entry(value):
                reply = said(turn.language, "not-given-now")
            case replies.HELPFUL | replies.UNHELPFUL if entry:
                reply = self._opinion(turn, entry, helpful=f"{kind}:" == replies.HELPFUL)
            case replies.LANGUAGE if chosen := _language(value):
                turn.language = turn.chosen = chosen
                turn.spoke = True
                reply = said(chosen, "language-set")
            case replies.NONE_OF_THESE if not value or _KEY.fullmatch(value):
                hear = value if _asked(turn, value) else ""
                none = replies.no_answer(self.own_edition(turn).corpus, (), turn.language, hear)
                reply = _with_first(none, self._where_button("", turn))
            case replies.HEAR:
                reply = self._hear(turn, value)
            case replies.IN:
                reply = self._in(turn, value)
        return reply

    def province_typed(self, text: str, offered: Sequence[str]) -> str | None:
        """Return the button of the province that a typed text (folded by `clean`) means, where the last reply asked for it.

        Who is only offered to tell it may as well tell it at once.
        """
        about = [data.rpartition(":")[2] for data in offered if data.startswith((replies.IN, replies.WHERE))]
        choice = find_choice(self._province, text) if self._province and about else None
        asked = any(data.startswith(replies.IN) for data in offered) and not is_question(text)
        province = choice.id if choice else self._named_in(text) if asked else None
        return f"{replies.IN}{province}:{about[0]}" if province else None

    def _opinion(self, turn: Turn, entry: Entry, *, helpful: bool) -> Reply:
        turn.feedback = Feedback(entry.id, turn.language, helpful=helpful)
        if helpful:
            return said(turn.language, "thanks-helpful")
        return replies.unhelpful(self.own_edition(turn).corpus, entry, turn.language)

    def _entry(self, turn: Turn, entry: Entry) -> Reply:
        """Return an entry's answer; in the middle of a flow without buttons of its own, since the step's follow, and aside."""
        if turn.progress.active or turn.aside:
            return replies.bare_answer(entry, turn.language)
        return self.whole(entry, turn)

    def tell(self, asked: Asked, turn: Turn) -> bool:
        """Answer a question which was not answered when it was asked, if it can be answered by now; return whether it can."""
        entries = self.answers(asked, turn.progress, turn.today)
        if not entries:
            return False
        turn.named_province = self._named_in(clean(asked.text))
        shown = {reply.title for reply in turn.replies}
        new = [reply for entry in entries if (reply := self.whole(entry, turn)).title not in shown]
        if new:  # the same question in other words is answered once
            turn.say([say(turn.language, "heard-lead", question=asked.text)])
            turn.replies += new
        return True

    def whole(self, entry: Entry, turn: Turn) -> Reply:
        """Return an entry's answer with all that it leads to."""
        ways = (way(entry, turn.progress, turn.language) for way in self._ways_on)
        buttons = (*self._where_button(entry.id, turn), *filter(None, ways))
        return replies.answer(self.own_edition(turn).corpus, entry, turn.language, buttons)

    def _where_button(self, entry_id: str, turn: Turn) -> tuple[Button, ...]:
        """Return the button to tell one's province, for whom the answer would be another then; who was asked is not asked again."""
        if self._province is None or turn.aside or PROVINCE in turn.progress.facts or turn.progress.active:
            return ()
        if turn.named_province:
            return ()
        if not self._depends_on_province(entry_id, turn.today):
            return ()
        return (Button(say(turn.language, "where-button"), replies.WHERE + entry_id),)

    def _named_in(self, text: str) -> str | None:
        """Return the province that a text (folded by `clean`) names, if it names just one."""
        if not self._province_names:
            return None
        spaced = f" {' '.join(words(text))} "
        named = {province for province, name in self._province_names if name in (spaced if name[0] == " " else text)}
        return named.pop() if len(named) == 1 else None

    def _depends_on_province(self, entry_id: str, today: date) -> bool:
        """Tell whether an answer, or without an entry whom one is told to ask, differs from province to province."""
        key = (today, entry_id)
        if (known := self._depends.get(key)) is None:
            scopes = [window.scope for window in self._corpus.windows]
            known = (
                depends_on_province(self._corpus, entry_id, today)
                if entry_id
                else any(scope.provinces and scope.holds_on(today) for scope in scopes)
            )
            if len(self._depends) >= _KEPT:
                self._depends.clear()
            self._depends[key] = known
        return known

    def _ask_where(self, question: Step, entry_id: str, language: Language) -> Reply:
        buttons = tuple(
            Button(choice.labels[language], f"{replies.IN}{choice.id}:{entry_id}", "province")
            for choice in question.choices
        )
        return said(language, "where-ask", buttons=buttons)

    def _in(self, turn: Turn, value: str) -> Reply | None:
        """Remember the province that somebody tells, and return what they wanted to know; None for what was never offered."""
        province, _, entry_id = value.partition(":")
        question = self._province
        if question is None or province not in {choice.id for choice in question.choices}:
            return None
        turn.progress = replace(turn.progress, facts={**turn.progress.facts, PROVINCE: province})
        corpus = self.own_edition(turn).corpus
        if entry := corpus.entry(entry_id):
            return self._entry(turn, entry)
        if self._corpus.entry(entry_id):
            return said(turn.language, "not-given-now")
        if corpus.contact:
            return Reply((replies.paragraph(corpus.contact[turn.language]),))
        return said(turn.language, *(("where-unsaid", "ask-locally") if province == UNSAID else ("where-noted",)))

    def _hear(self, turn: Turn, key: str) -> Reply:
        """Note that somebody wants to hear when their question is answered."""
        if asked := _asked(turn, key):
            turn.hears = asked.number
            return said(turn.language, "hear-noted")
        return said(turn.language, "hear-gone" if _KEY.fullmatch(key) else "unknown-button")


def _province_names(corpus: Corpus, question: Step | None) -> list[tuple[str, str]]:
    """Return the ids of provinces, each with a name of it, if anything in a corpus differs by province.

    Chinese names as they are, others between spaces; those of one character, or few letters, say too little.
    """
    scopes = [entry.scope for entry in corpus.entries] + [change.scope for change in corpus.changes]
    scopes += [window.scope for window in corpus.windows]
    if question is None or not any(scope.provinces for scope in scopes):
        return []
    return [
        (choice.id, name if han_count(name) else f" {name.casefold()} ")
        for choice in question.choices
        for name in (*choice.labels.values(), *choice.words)
        if choice.id != UNSAID and len(name) > (1 if han_count(name) else 4)
    ]


def _tells_no_language(match: Match, text: str) -> bool:
    """Tell whether a text is typed by people of both languages: a single word of Latin letters such as "ok"."""
    return match.verdict != "answer" and not han_count(text) and len(tokens(clean(text))) <= 1


def _menu(data: str, corpus: Corpus, language: Language) -> Reply | None:
    """Return the list that a button leads to, if it leads to one."""
    if data == replies.TOPICS:
        return replies.topics(corpus, language)
    group = data.removeprefix(replies.GROUP)
    return replies.group(corpus, group, language) if group != data else None


def province_of(progress: Progress) -> str | None:
    """Return the id of the province that somebody told; None when it is not known."""
    told = progress.facts.get(PROVINCE)
    return told if isinstance(told, str) and told != UNSAID else None


def _asked(turn: Turn, key: str) -> Asked | None:
    """Return the person's question without an answer that has this key, if they asked it."""
    return next((asked for asked in turn.memory.asked if key_of(asked.text, asked.language) == key), None)


def _used(match: Match, turn: Turn) -> list[Usage]:
    """Return what is counted of a message."""
    if match.language is None:
        return []
    if match.verdict == "answer":
        return [Usage(turn.today, "answered", entry, turn.language) for entry in match.answers]
    if match.verdict == "smalltalk":
        return [Usage(turn.today, "small-talk", match.small_talk or "", turn.language)]
    if match.verdict == "suggest":
        return [Usage(turn.today, "suggested", match.candidates[0].id, turn.language)]
    return [Usage(turn.today, "unanswered", match.subject or "", turn.language)]


def _with_first(reply: Reply, buttons: Sequence[Button]) -> Reply:
    return replace(reply, buttons=(*buttons, *reply.buttons)) if buttons else reply


def _language(value: str) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)

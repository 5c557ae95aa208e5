"""The reminders' part of a turn: buttons, the command /remind, words; and the plan that follows from what has changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from bot.guide_replies import GuideReplies, remind_button
from bot.messages import Button, Reply
from bot.records import Memory, Preferences, Reminder, Verdict
from bot.reminders import spoken
from bot.reminders.judge import judge
from bot.reminders.plan import FACT, NOT_WANTED, WANTED, plan
from bot.reminders.replies import DONE, IN, SET, UNDONE, ReminderReplies, Situation
from bot.reminders.rules import SWITCHED, Rules
from bot.reminders.when import day_of
from bot.replies import REMIND, REMIND_LATER, paragraph
from bot.texts import say
from faq.corpus import Corpus, Entry
from faq.text import Language, clean
from flows.definition import Library, Values
from flows.journey import Progress, carry_over
from flows.own_dates import is_registered, said_registered


@dataclass(frozen=True, slots=True)
class Reminded:
    """What comes of something that a person did about their reminders."""

    progress: Progress
    preferences: Preferences
    reply: Reply


class Reminding:
    """Plans and talks about reminders, by one set of rules. Holds nothing about anybody.

    Every `now` is timezone-aware and in `zone`, the time zone of the settings.
    """

    def __init__(self, rules: Rules, library: Library, corpus: Corpus, zone: tzinfo) -> None:
        self.rules = rules
        self._library = library
        self._corpus = corpus
        self._zone = zone
        self._replies = ReminderReplies(rules, library, GuideReplies(library, corpus, zone))
        parts = (rules.digest, str(zone), *(flow.digest for flow in library.flows))
        self._made_from = hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()

    def made_from(self, now: datetime) -> str:
        """Name what a plan is made from, apart from the person: with another rule, flow or year it is made again."""
        return f"{self._made_from}:{now.astimezone(self._zone).year}"

    def plan(self, progress: Progress, preferences: Preferences, now: datetime) -> tuple[Reminder, ...]:
        """Return all reminders of somebody (see `bot.reminders.plan.plan`)."""
        return plan(self.rules, self._library, progress, preferences, now.astimezone(self._zone))

    def replan(
        self, memory: Memory, progress: Progress, preferences: Preferences, now: datetime, *, anew: bool = False
    ) -> tuple[Reminder, ...] | None:
        """Return the plan that follows from a turn; None when it is what it was before.

        With `anew` it is made again for whoever has one, for a chat beside which no process does that.
        """
        same = progress is memory.progress and preferences == memory.preferences
        if same and not anew:
            return None
        after = self.plan(progress, preferences, now)
        changed = after != self.plan(memory.progress, memory.preferences, now)
        return after if changed or (anew and (after or memory.due)) else None

    def fitted(self, progress: Progress) -> Progress:
        """Return somebody's progress in the present flows."""
        return carry_over(self._library, progress)[0]

    def judge(
        self,
        due: Iterable[Reminder],
        progress: Progress,
        preferences: Preferences,
        now: datetime,
        *,
        quiet: bool = True,
    ) -> Verdict:
        """Return what becomes of reminders that are due (see `bot.reminders.judge`)."""
        local = now.astimezone(self._zone)
        return judge(self.rules, due, self.plan(progress, preferences, local), preferences, local, quiet=quiet)

    def message(self, due: Iterable[Reminder], progress: Progress, now: datetime, language: Language) -> Reply:
        """Return the message for reminders that are due together."""
        situation = Situation(progress, Preferences(), now.astimezone(self._zone), language)
        return self._replies.message(tuple(due), situation)

    def offer(self, entry: Entry, progress: Progress, language: Language) -> Button | None:
        """Return the button for reminders below an answer about dates, for whom they are of use."""
        group = next((group for group in self._corpus.groups if group.id == entry.group), None)
        if group is None or not group.reminders or is_registered(progress):
            return None
        return remind_button(progress, language)

    def is_button(self, pressed: str) -> bool:
        """Tell whether a button is one of the reminders'."""
        return pressed == REMIND or pressed.startswith(f"{REMIND}:")

    def spoken(self, progress: Progress, text: str, now: datetime) -> str | None:
        """Return the command that a typed text (folded by `faq.text.clean`) stands for, if it is one."""
        return spoken.spoken(self._library, progress, text, now.astimezone(self._zone).date())

    def told(self, progress: Progress, text: str) -> str | None:
        """Return the command that a typed text stands for which says whether somebody is registered, if it does."""
        return spoken.told(self._library, progress, text)

    def press(self, at: Situation, pressed: str) -> Reminded | None:
        """Return what a button does; None when it is none of the reminders'."""
        found: Reminded | None = None
        match pressed:
            case "remind":
                found = self._settings(at)
            case "remind:on" | "remind:set:on":
                found = self._turn_on(at)
            case "remind:off" | "remind:set:off":
                found = self._stop(at)
            case "remind:done":
                found = self._registered(at)
            case "remind:undone":
                not_yet = replace(at, progress=said_registered(at.progress, at.now, registered=False))
                found = self._settings(not_yet, say(at.language, "remind-undone-said"))
            case "remind:later":
                found = self._ask_when(at)
            case _ if pressed in (f"{IN}{days}" for days in self.rules.later):
                found = self._put_off(at, int(pressed.removeprefix(IN)))
            case _ if pressed.startswith(SET):
                found = self._set(at, pressed.removeprefix(SET))
        return found

    def command(self, at: Situation, rest: str) -> Reminded:  # noqa: PLR0911 - one for each meaning
        """Return what /remind does; `rest` is what stood behind it: on, off, a day, an hour, a time zone, or a wish in words."""
        rest = clean(rest)
        if not rest:
            return self._settings(at)
        if rest in spoken.ON:
            return self._turn_on(at)
        if rest in spoken.OFF:
            return self._stop(at)
        if button := _MEANS.get(rest):
            found = self.press(at, button)
            assert found is not None, "these buttons are known"
            return found
        if day := _day(rest) or day_of(rest, at.today):
            return self._put_off(at, (day - at.today).days)
        if (hour := spoken.hour_of(rest)) is not None:
            return self._set_hour(at, hour)
        if zone := spoken.zone_of(rest):
            return self._set_zone(at, zone)
        if (wish := spoken.spoken(self._library, at.progress, rest, at.today)) and wish != spoken.COMMAND:
            return self.command(at, wish.removeprefix(spoken.COMMAND))
        return self._said(at, say(at.language, "remind-not-understood"))

    def _said(self, at: Situation, text: str) -> Reminded:
        """Return a sentence, with the way to the plan."""
        button = remind_button(at.progress, at.language)
        return Reminded(at.progress, at.preferences, Reply((paragraph(text),), (button,)))

    def _settings(self, at: Situation, lead: str | None = None) -> Reminded:
        planned = self.plan(at.progress, at.preferences, at.now)
        return Reminded(at.progress, at.preferences, self._replies.settings(at, planned, lead))

    def _turn_on(self, at: Situation) -> Reminded:
        on = _with(at, {**at.progress.facts, FACT: WANTED})
        on = replace(on, preferences=replace(at.preferences, off=()))
        return self._settings(on, None if is_registered(at.progress) else say(at.language, "remind-on"))

    def _stop(self, at: Situation) -> Reminded:
        off = _with(at, {**at.progress.facts, FACT: NOT_WANTED})
        return Reminded(off.progress, replace(at.preferences, later=None), self._replies.stopped(at.language))

    def _registered(self, at: Situation) -> Reminded:
        progress = said_registered(at.progress, at.now, registered=True)
        return Reminded(progress, at.preferences, self._replies.registered(at.language))

    def _nothing_left(self, at: Situation) -> bool:
        """Tell whether there is nothing that somebody could be reminded of."""
        tomorrow = Preferences(later=at.today + timedelta(days=1))
        return not self.plan(at.progress, tomorrow, at.now)

    def _ask_when(self, at: Situation) -> Reminded:
        if self._nothing_left(at):
            return self._settings(at)
        return Reminded(at.progress, at.preferences, self._replies.later(at))

    def _put_off(self, at: Situation, days: int) -> Reminded:
        if self._nothing_left(at):
            return self._settings(at)
        if not self._replies.may_wait(at, days):
            lead = self._replies.too_far(at) if days > 1 and self._replies.options(at) else None
            return Reminded(at.progress, at.preferences, self._replies.later(at, lead))
        day = at.today + timedelta(days=days)
        return Reminded(at.progress, replace(at.preferences, later=day), self._replies.put_off(at, day))

    def _set(self, at: Situation, what: str) -> Reminded | None:
        """Return what a switch of the plan does; None for one that there is not."""
        verb, _, value = what.partition(":")
        off = [kind for kind in at.preferences.off if kind != value]
        found: Reminded | None = None
        match verb:
            case "show":
                found = self._settings(at)
            case "with" if value in SWITCHED:
                found = self._settings(_switched(at, off))
            case "without" if value in SWITCHED:
                found = self._settings(_switched(at, [*off, value]))
            case "hours":
                found = Reminded(at.progress, at.preferences, self._replies.hours(at.language))
            case "hour" if value.isdecimal() and len(value) <= 2:
                found = self._set_hour(at, int(value))
            case "zones":
                found = Reminded(at.progress, at.preferences, self._replies.zones(at.language))
            case "zone" if zone := spoken.zone_of(value.casefold()):
                found = self._set_zone(at, zone)
        return found

    def _set_hour(self, at: Situation, hour: int) -> Reminded:
        if hour not in self.rules.hours:
            return self._said(at, self._replies.refused_hour(at.language))
        changed = replace(at, preferences=replace(at.preferences, hour=hour))
        return self._settings(changed, say(at.language, "remind-hour-set", hour=str(hour)))

    def _set_zone(self, at: Situation, zone: str) -> Reminded:
        changed = replace(at, preferences=replace(at.preferences, zone=zone))
        name = self._replies.zone_name(zone, at.language)
        return self._settings(changed, say(at.language, "remind-zone-set", zone=name))


_MEANS: Final = {
    spoken.LATER: REMIND_LATER,
    spoken.HOURS: f"{SET}hours",
    spoken.ZONES: f"{SET}zones",
    spoken.REGISTERED: DONE,
    spoken.NOT_REGISTERED: UNDONE,
}
"""The buttons for which the words stand that may stand behind the command."""


def _day(text: str) -> date | None:
    """Return the day that a text is in the form of ISO 8601, as `spoken` gives it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _with(at: Situation, facts: Values) -> Situation:
    return replace(at, progress=replace(at.progress, facts=facts))


def _switched(at: Situation, off: Iterable[str]) -> Situation:
    ordered = tuple(kind for kind in SWITCHED if kind in set(off))
    return replace(at, preferences=replace(at.preferences, off=ordered))

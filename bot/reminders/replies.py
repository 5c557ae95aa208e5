"""Builds what is said about reminders: the reminder itself, the plan with its switches, the menus. Everything is pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from bot.guide_replies import GO, OPEN, TICKED, GuideReplies, data, remind_button
from bot.messages import Button, Reply
from bot.records import Preferences, Reminder
from bot.reminders.plan import Place, backwards, is_wanted, next_place, zone_of
from bot.reminders.rules import LATER, SWITCHED, Rules
from bot.reminders.workdays import workdays_between
from bot.replies import GUIDES, REMIND_LATER, REMIND_ON, paragraph, said
from bot.texts import say
from bot.texts.reminders import REMINDER_TEXTS
from faq.corpus import Block
from faq.text import Language
from flows.definition import Choice, Library
from flows.journey import Progress
from flows.own_dates import DATES, OwnDate, is_registered, own_dates, own_limit
from flows.view import fill, format_answer

OFF: Final = "remind:off"
DONE: Final = "remind:done"
UNDONE: Final = "remind:undone"
IN: Final = "remind:in:"
"""The days follow."""
SET: Final = "remind:set:"
"""Buttons of the plan with its switches; what is set follows."""
HOUR: Final = "remind:set:hour:"
ZONES: Final = ("Asia/Shanghai", "Asia/Urumqi")
MAX_WAIT: Final = 60
"""So many days ahead somebody without a date can ask to be reminded."""
FAR: Final = 180
"""A date with more days left is not named unless a reminder is about it."""
HOURS: Final = (8, 9, 10, 12, 18, 20)
"""The hours that there are buttons for; others can be typed."""
SHOWN: Final = 6
"""So many reminders are listed."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Whose reminders it is about, and when."""

    progress: Progress
    preferences: Preferences
    now: datetime
    """In the time zone of the settings."""
    language: Language

    @property
    def today(self) -> date:
        """The day where the registration is."""
        return self.now.date()

    @property
    def dates(self) -> tuple[OwnDate, ...]:
        """The person's dates that are still to come, the nearest first."""
        return own_dates(self.progress, self.today)

    @property
    def passed_limit(self) -> str | None:
        """The last day of the person's two years as they read it, if it is over."""
        limit = own_limit(self.progress)
        return format_answer(limit.isoformat(), self.language) if limit and limit < self.today else None

    @property
    def zone(self) -> tzinfo:
        """The time zone of the settings."""
        assert self.now.tzinfo is not None, "times are timezone-aware"
        return self.now.tzinfo


class ReminderReplies:
    """Builds replies for people with one library and one set of rules; every `now` is in the time zone of the settings."""

    def __init__(self, rules: Rules, library: Library, guides: GuideReplies) -> None:
        self._rules = rules
        self._library = library
        self._guides = guides

    def message(self, due: Sequence[Reminder], at: Situation) -> Reply:
        """Return one message for reminders that are due together: the dates, the next open step, and what one can do."""
        kinds = {one.kind for one in due}
        place = next_place(self._rules, self._library, at.progress, at.zone)
        named = [own for own in at.dates if own.kind in kinds]
        if not named and LATER in kinds:
            named = [own for own in at.dates[:1] if (own.day - at.today).days <= FAR]
        texts = [say(at.language, "reminded-lead")] if LATER in kinds else []
        if named and at.passed_limit:
            texts.append(say(at.language, "reminded-limit-passed", date=at.passed_limit))
        texts += (self._of_date(own, at) for own in named)
        texts += self._starts(due, at)
        texts += self._of_place(place, at)
        buttons = [*self._ways_on(place, at)]
        if at.dates:
            buttons.append(Button(say(at.language, "remind-done"), DONE))
        buttons.append(Button(say(at.language, "remind-later"), REMIND_LATER, "less"))
        buttons.append(Button(say(at.language, "remind-stop"), OFF, "less"))
        return Reply(tuple(map(paragraph, texts)), tuple(buttons))

    def _of_date(self, own: OwnDate, at: Situation) -> str:
        days = (own.day - at.today).days
        text = self._rules.dates[own.kind].wording(days)[at.language]
        return fill(text, {"date": own.day.isoformat(), "days": days}, {}, at.language)

    def _starts(self, due: Iterable[Reminder], at: Situation) -> Iterator[str]:
        """Yield what has to begin on this day at the latest."""
        for day in sorted({one.day for one in due if one.rule.endswith("-start")}):
            begins, late = backwards(self._rules, self._library, at.progress, day, at.now)
            if begins and not late:
                values = {"what": begins[0].lead.texts[at.language], "date": day.isoformat()}
                yield fill(self._rules.start[at.language], values, {}, at.language)

    def _of_place(self, place: Place | None, at: Situation) -> Iterator[str]:
        if place is None:
            return
        flow = place.flow.texts[at.language].title
        if place.step is None:
            yield say(at.language, "reminded-first", flow=flow)
            return
        step = place.step.texts[at.language].title
        if place.since and self._rules.waiting:
            days = (at.today - place.since).days + 1
            values: dict[str, str | int] = {"step": step, "since": place.since.isoformat(), "days": days}
            yield fill(self._rules.waiting.texts[at.language], values, {}, at.language)
        else:
            yield say(at.language, "reminded-at", flow=flow, step=step)

    def _ways_on(self, place: Place | None, at: Situation) -> Iterator[Button]:
        """Yield the button that says that the wait is over, where somebody waits, and the one that leads there."""
        if place is None:
            return
        if place.since and place.step and (choice := _moves_on(place)):
            serial = at.progress.runs[place.flow.id].serial
            yield Button(choice.labels[at.language], data(GO, place.flow.id, place.step.id, choice.id, serial))
        yield self._guides.flow_button(place.flow, at.progress, at.language)

    def settings(self, at: Situation, planned: Iterable[Reminder], lead: str | None = None) -> Reply:
        """Return the plan with its dates, and its switches; for somebody who is not reminded, the offer."""
        wanted, registered = is_wanted(at.progress), is_registered(at.progress)
        blocks = [paragraph(lead)] if lead else []
        if registered:
            blocks.append(paragraph(say(at.language, "remind-nothing")))
        elif not wanted:
            blocks.append(paragraph(self._offer(at)))
        coming = [one for one in planned if one.due > at.now]
        if coming:
            blocks += self._coming(coming, at)
        elif wanted and not registered:
            blocks.append(paragraph(say(at.language, "remind-none")))
        if wanted:
            blocks += self._backwards(at)
        buttons = self._switches(at)
        flow = self._library.flow(DATES)
        if flow and wanted and not registered and own_limit(at.progress) is None:
            title = flow.texts[at.language].title
            blocks.append(paragraph(say(at.language, "remind-no-limit", title=title)))
            buttons.append(self._guides.flow_button(flow, at.progress, at.language))
        return Reply(tuple(blocks), tuple(buttons), title=say(at.language, "remind-title"), kind="menu")

    def _offer(self, at: Situation) -> str:
        return say(at.language, "remind-offer", hour=self._hour(at), **self._quiet())

    def _hour(self, at: Situation) -> str:
        return str(at.preferences.hour or self._rules.hour)

    def _quiet(self) -> dict[str, str]:
        return {"from": str(self._rules.quiet_from), "until": str(self._rules.quiet_until)}

    def _coming(self, coming: Sequence[Reminder], at: Situation) -> Iterator[Block]:
        clock = zone_of(at.preferences, at.zone)
        yield paragraph(say(at.language, "remind-planned"))
        yield Block("list", tuple(self._line(one, one.due.astimezone(clock), at.language) for one in coming[:SHOWN]))
        if len(coming) > SHOWN:
            yield paragraph(say(at.language, "remind-more", count=str(len(coming) - SHOWN)))

    def _line(self, one: Reminder, local: datetime, language: Language) -> str:
        values: dict[str, str | int] = {"date": one.day.isoformat(), "days": one.days}
        what = f"remind-what-{one.kind}"
        if one.rule.endswith("-start"):
            what = "remind-what-start"
        elif one.kind in self._rules.dates and not one.days:
            what = "remind-what-today"
        elif one.kind == "waiting":
            _, flow, step, _ = one.rule.split(":")
            found = self._library.flow(flow)
            assert found is not None, "the plan was made from the library"
            values["step"] = found.at(step).texts[language].title
        text = fill(REMINDER_TEXTS[what][language], values, {}, language)
        day = format_answer(local.date().isoformat(), language)
        return say(language, "remind-line", date=day, hour=str(local.hour), what=text)

    def _backwards(self, at: Situation) -> Iterator[Block]:
        """Yield by when what is still to come has to begin, for the date that comes first."""
        if not at.dates:
            return
        if at.passed_limit:
            yield paragraph(say(at.language, "reminded-limit-passed", date=at.passed_limit))
            return
        first = next((own.day for own in at.dates if own.kind not in at.preferences.off), at.dates[0].day)
        begins, tight = backwards(self._rules, self._library, at.progress, first, at.now)
        if not begins:
            return
        date_text = format_answer(first.isoformat(), at.language)
        if tight and workdays_between(at.today, first) * 2 < sum(begin.lead.days for begin in begins):
            yield paragraph(say(at.language, "remind-impossible", date=date_text))
            return
        yield paragraph(say(at.language, "remind-tight" if tight else "remind-backwards", date=date_text))
        lines = []
        for begin in begins:
            key = "remind-now" if begin.day <= at.today else "remind-by"
            day = format_answer(begin.day.isoformat(), at.language)
            lines.append(say(at.language, key, date=day, what=begin.lead.texts[at.language]))
        yield Block("list", tuple(lines))
        yield paragraph(say(at.language, "remind-estimate"))

    def _switches(self, at: Situation) -> list[Button]:
        def labelled(key: str, what: str, row: str | None = None, **values: str) -> Button:
            return Button(say(at.language, key, **values), f"{SET}{what}", row)

        buttons = []
        if is_registered(at.progress):
            buttons.append(Button(say(at.language, "remind-undone"), UNDONE))
        elif not is_wanted(at.progress):
            buttons.append(labelled("remind-button", "on"))
        if not is_wanted(at.progress):
            return [*buttons, *([labelled("remind-all-off", "off")] if at.preferences.later else [])]
        for kind in SWITCHED if at.dates else ("waiting",):
            off = kind in at.preferences.off
            label = f"{OPEN if off else TICKED} {say(at.language, f'remind-kind-{kind}')}"
            buttons.append(Button(label, f"{SET}{'with' if off else 'without'}:{kind}"))
        buttons.append(labelled("remind-hour-button", "hours", "clock", hour=self._hour(at)))
        zone = self.zone_name(at.preferences.zone or str(at.zone), at.language)
        buttons.append(labelled("remind-zone-button", "zones", "clock", zone=zone))
        return [*buttons, labelled("remind-all-off", "off")]

    def zone_name(self, zone: str, language: Language) -> str:
        """Return the name of a time zone as people say it, where they do."""
        if zone.startswith("Etc/GMT") and zone[-1].isdecimal():  # named the other way round: see `spoken.zone_of`
            return zone.removeprefix("Etc/").replace("GMT", "UTC").translate({ord("+"): "-", ord("-"): "+"})
        return say(language, f"zone-{zone}") if f"zone-{zone}" in REMINDER_TEXTS else zone

    def hours(self, language: Language) -> Reply:
        """Return the choice of hours."""
        known = [hour for hour in HOURS if hour in self._rules.hours]
        buttons = [Button(f"{hour}:00", f"{HOUR}{hour}", "hours") for hour in known]
        return self._menu("remind-hours", buttons, language)

    def zones(self, language: Language) -> Reply:
        """Return the choice of time zones."""
        buttons = [Button(self.zone_name(zone, language), f"{SET}zone:{zone}") for zone in ZONES]
        return self._menu("remind-zones", buttons, language)

    def _menu(self, key: str, buttons: Iterable[Button], language: Language) -> Reply:
        back = Button(say(language, "remind-back"), f"{SET}show")
        return Reply((paragraph(say(language, key)),), (*buttons, back), kind="menu")

    def refused_hour(self, language: Language) -> str:
        """Return why an hour is not taken."""
        return say(language, "remind-hour-refused", last=str(self._rules.hours[-1]), **self._quiet())

    def later(self, at: Situation, lead: str | None = None) -> Reply:
        """Return the choice of when to be reminded again, as far as the dates leave time for that."""
        options = self.options(at)
        blocks = [paragraph(lead)] if lead else []
        if not options:
            day = format_answer(at.dates[0].day.isoformat(), at.language)
            blocks.append(paragraph(say(at.language, "remind-too-late", date=day)))
            return Reply(tuple(blocks), (remind_button(at.progress, at.language),))
        blocks.append(paragraph(say(at.language, "remind-later-ask")))
        buttons = []
        for days in options:
            key = f"remind-in-{days}" if f"remind-in-{days}" in REMINDER_TEXTS else "remind-in"
            label = fill(REMINDER_TEXTS[key][at.language], {"days": days}, {}, at.language)
            buttons.append(Button(label, f"{IN}{days}", "in"))
        return Reply(tuple(blocks), tuple(buttons))

    def options(self, at: Situation) -> tuple[int, ...]:
        """Return the numbers of days that are offered to be reminded again after."""
        return tuple(days for days in self._rules.later if self.may_wait(at, days))

    def may_wait(self, at: Situation, days: int) -> bool:
        """Tell whether somebody can be reminded again after so many days: within half of the time to their nearest date."""
        if not at.dates:
            return 1 <= days <= MAX_WAIT
        left = (at.dates[0].day - at.today).days
        return 1 <= days <= left / 2 or days == left == 1

    def too_far(self, at: Situation) -> str:
        """Return why a reminder is not put off for so long, and until when it could be."""
        first = at.dates[0].day
        left = (first - at.today).days
        last = at.today + timedelta(days=max(1, left // 2))
        values: dict[str, str | int] = {"date": first.isoformat(), "days": left, "last": last.isoformat()}
        return fill(REMINDER_TEXTS["remind-too-far"][at.language], values, {}, at.language)

    def put_off(self, at: Situation, day: date) -> Reply:
        """Return when somebody is reminded again."""
        date_text = format_answer(day.isoformat(), at.language)
        text = say(at.language, "remind-later-set", date=date_text, hour=self._hour(at))
        return Reply((paragraph(text),), (remind_button(at.progress, at.language),))

    def stopped(self, language: Language) -> Reply:
        """Return that there are no more reminders."""
        return said(language, "remind-stopped", buttons=[Button(say(language, "remind-button"), REMIND_ON)])

    def registered(self, language: Language) -> Reply:
        """Return that somebody is taken as registered from now on."""
        buttons = [Button(say(language, "remind-undone"), UNDONE), Button(say(language, "guides-button"), GUIDES)]
        return said(language, "remind-done-said", buttons=buttons)


def _moves_on(place: Place) -> Choice | None:
    """Return the choice that says that the wait is over: the first one that leads on within the flow."""
    assert place.step is not None, "somebody waits at a step"
    return next((one for one in place.step.choices if one.next != place.step.id and one.flow is None), None)

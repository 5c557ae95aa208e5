"""The rules of the reminders as a file: every mistake with file, line and place."""

from pathlib import Path

import pytest

from bot.content import Problems
from bot.errors import ContentError
from bot.reminders.reading import MAX_LEAD, MAX_TEXT, read_rules, rules_of
from bot.reminders.rules import Rules
from flows.definition import Library
from tests.reminder_rule_files import rules_with, write_rules

FIRST_TEXT = "      - up-to: 0\n        zh: 今天就是{date}。\n        en: Today is {date}.\n"
LAST_TEXT = '      - zh: 离{date}还有{days}天。\n        en: "{days|day} left to {date}."\n'
LEAD = "  - flow: letters\n    step: wait\n    days: 3\n    zh: 请单位寄信\n    en: ask for the letter\n"


def problems_of(folder: Path, text: str, library: Library | None = None) -> list[str]:
    """Return what is wrong with a text as the file of the rules, which is written into the (current) folder."""
    problems = Problems()
    read_rules(write_rules(folder, text=text), problems, library)
    return [str(problem) for problem in problems.in_order()]


@pytest.fixture(name="here")
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        pytest.param("hour: 10\n", "", [
            'mine.yaml:1: "hour" is missing'
        ], id="no-hour"),
        pytest.param("hour: 10", "hour: 10\nminute: 30", [
            'mine.yaml:2: minute: unknown key "minute"; known here: hour, quiet, later, dates, waiting, start, leads'
        ], id="unknown-key"),
        pytest.param("hour: 10", "hour: 10\nhour: 11", [
            'mine.yaml:2: the key "hour" is written twice'
        ], id="key-twice"),
        pytest.param("hour: 10", "hour: 24", [
            "mine.yaml:1: hour: expected a whole number from 0 to 23, found 24"
        ], id="hour-too-large"),
        pytest.param("hour: 10", "hour: '10'", [
            "mine.yaml:1: hour: expected a whole number, found a text"
        ], id="hour-a-text"),
        pytest.param("hour: 10", "hour: 21", [
            "mine.yaml:1: hour: 21:00 is in the quiet hours, from 21:00 until 8:00"
        ], id="hour-in-the-evening"),
        pytest.param("hour: 10", "hour: 7", [
            "mine.yaml:1: hour: 7:00 is in the quiet hours, from 21:00 until 8:00"
        ], id="hour-in-the-morning"),
        pytest.param("hour: 10", "hour: 20", [], id="last-hour"),
        pytest.param("hour: 10", "hour: 8", [], id="first-hour"),
        pytest.param("quiet: {from: 21, until: 8}\n", "", [
            'mine.yaml:1: "quiet" is missing'
        ], id="no-quiet-hours"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: 21", [
            "mine.yaml:2: quiet: expected a mapping, found a number"
        ], id="quiet-a-number"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: {from: 21}", [
            'mine.yaml:2: quiet: "until" is missing'
        ], id="quiet-without-end"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: {from: late, until: 8}", [
            "mine.yaml:2: quiet.from: expected a whole number, found a text"
        ], id="quiet-from-a-text"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: {from: 8, until: 21}", [
            'mine.yaml:2: quiet: expected a night: "from" in the evening (21), "until" in the morning (8)'
        ], id="quiet-by-day"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: {from: 21, until: 0}", [
            'mine.yaml:2: quiet: expected a night: "from" in the evening (21), "until" in the morning (8)'
        ], id="quiet-until-midnight"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: {from: 24, until: 8}", [
            'mine.yaml:2: quiet: expected a night: "from" in the evening (21), "until" in the morning (8)'
        ], id="quiet-from-midnight"),
        pytest.param("quiet: {from: 21, until: 8}", "quiet: {from: 21, until: 8, zone: Asia/Urumqi}", [
            'mine.yaml:2: quiet.zone: unknown key "zone"; known here: from, until'
        ], id="quiet-unknown-key"),
        pytest.param("later: [1, 3]\n", "", [
            'mine.yaml:1: "later" is missing'
        ], id="no-later"),
        pytest.param("later: [1, 3]", "later: 1", [
            "mine.yaml:3: later: expected a list, found a number"
        ], id="later-a-number"),
        pytest.param("later: [1, 3]", "later: []", [
            "mine.yaml:3: later: is empty"
        ], id="later-empty"),
        pytest.param("later: [1, 3]", "later: [0, 3]", [
            "mine.yaml:3: later[0]: expected a whole number from 1 to 365, found 0"
        ], id="later-today"),
        pytest.param("later: [1, 3]", "later: [1, 3, 1]", [
            "mine.yaml:3: later[2]: 1 stands here twice"
        ], id="later-twice"),
    ],
)  # fmt: skip
def test_broken_hours(here: Path, old: str, new: str, messages: list[str]) -> None:
    """What is wrong in the hours, and in what one can put a reminder off by, is one problem each."""
    assert problems_of(here, rules_with((old, new))) == messages


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        pytest.param("  limit:\n    days: [90]\n    texts:\n      - zh: 期限到{date}。\n        en: Your time ends on {date}.\n", "", [
            'mine.yaml:5: dates: "limit" is missing'
        ], id="no-limit"),
        pytest.param("  limit:\n", "  birthday:\n", [
            'mine.yaml:5: dates: "limit" is missing',
            'mine.yaml:17: dates.birthday: unknown key "birthday"; known here: limit, year-end',
        ], id="another-date"),
        pytest.param("    days: [90]\n", "", [
            'mine.yaml:17: dates.limit: "days" is missing'
        ], id="no-days"),
        pytest.param("    days: [90]\n", "    days: [90]\n    hour: 9\n", [
            'mine.yaml:18: dates.limit.hour: unknown key "hour"; known here: days, texts'
        ], id="unknown-key"),
        pytest.param("[30, 1, 0]", "[30, 1, 30, 1]", [
            "mine.yaml:6: dates.year-end.days[2]: 30 stands here twice",
            "mine.yaml:6: dates.year-end.days[3]: 1 stands here twice",
        ], id="days-twice"),
        pytest.param("[30, 1, 0]", "[366, 365]", [
            "mine.yaml:6: dates.year-end.days[0]: expected a whole number from 0 to 365, found 366"
        ], id="days-too-large"),
        pytest.param("[30, 1, 0]", "[30, soon, '1', 1.5, -1]", [
            "mine.yaml:6: dates.year-end.days[1]: expected a whole number, found a text",
            "mine.yaml:6: dates.year-end.days[2]: expected a whole number, found a text",
            "mine.yaml:6: dates.year-end.days[3]: expected a whole number, found a number",
            "mine.yaml:6: dates.year-end.days[4]: expected a whole number, found a number",
        ], id="days-no-numbers"),
        pytest.param("[30, 1, 0]", "30", [
            "mine.yaml:6: dates.year-end.days: expected a list, found a number"
        ], id="days-a-number"),
        pytest.param("[30, 1, 0]", "[]", [], id="never"),
        pytest.param("    texts:\n      - zh: 期限到{date}。\n        en: Your time ends on {date}.\n", "    texts: []\n", [
            "mine.yaml:18: dates.limit.texts: is empty"
        ], id="texts-empty"),
        pytest.param("    texts:\n      - zh: 期限到{date}。\n        en: Your time ends on {date}.\n", "", [
            'mine.yaml:17: dates.limit: "texts" is missing'
        ], id="no-texts"),
        pytest.param("        en: Your time ends on {date}.\n", "", [
            'mine.yaml:19: dates.limit.texts[0]: "en" is missing'
        ], id="no-english"),
        pytest.param("      - zh: 期限到{date}。\n        en: Your", "      - en: Your", [
            'mine.yaml:19: dates.limit.texts[0]: "zh" is missing'
        ], id="no-chinese"),
        pytest.param("en: Your time ends on {date}.", "en: ''", [
            "mine.yaml:20: dates.limit.texts[0].en: is empty"
        ], id="empty-text"),
        pytest.param("en: Your time ends on {date}.", "en: no", [
            'mine.yaml:20: dates.limit.texts[0].en: expected a text, found a truth value "no" (quote it)'
        ], id="text-unquoted"),
        pytest.param("- up-to: 0", "- up-to: 1", [
            "mine.yaml:11: dates.year-end.texts[1].up-to: the limits have to rise from text to text"
        ], id="limits-alike"),
        pytest.param("- up-to: 0", "- up-to: 5", [
            "mine.yaml:11: dates.year-end.texts[1].up-to: the limits have to rise from text to text"
        ], id="limits-fall"),
        pytest.param("- up-to: 1\n        zh", "- zh", [
            'mine.yaml:11: dates.year-end.texts[1]: every text but the last has "up-to"'
        ], id="limit-missing"),
        pytest.param("- up-to: 1\n        zh", "- up-to: many\n        zh", [
            "mine.yaml:11: dates.year-end.texts[1].up-to: expected a whole number, found a text"
        ], id="limit-a-text"),
        pytest.param("- zh: 离", "- up-to: 30\n        zh: 离", [
            'mine.yaml:14: dates.year-end.texts[2]: every text but the last has "up-to"'
        ], id="limit-at-the-last"),
        pytest.param(LAST_TEXT, "", [
            'mine.yaml:11: dates.year-end.texts[1]: every text but the last has "up-to"'
        ], id="no-last"),
        pytest.param(FIRST_TEXT, "", [], id="two-texts"),
    ],
)  # fmt: skip
def test_broken_date(here: Path, old: str, new: str, messages: list[str]) -> None:
    """What is wrong in the rules about dates is one problem each."""
    assert problems_of(here, rules_with((old, new))) == messages


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        pytest.param("期限到{date}。", "“{step}”的期限到{date}。", [
            'mine.yaml:19: dates.limit.texts[0].zh: there is no blank "{step}" here; known: date, days'
        ], id="date"),
        pytest.param("{days|day} left", "{left|day} left", [
            'mine.yaml:15: dates.year-end.texts[2].en: there is no blank "{left}" here; known: date, days'
        ], id="counted"),
        pytest.param("zh: “{step}”从{since}", "zh: “{flow}”从{date}", [
            'mine.yaml:25: waiting.zh: there is no blank "{flow}" here; known: step, since, days',
            'mine.yaml:25: waiting.zh: there is no blank "{date}" here; known: step, since, days',
        ], id="waiting"),
        pytest.param("to {what} for {date}", "to {what} for {day}", [
            'mine.yaml:29: start.en: there is no blank "{day}" here; known: what, date'
        ], id="start"),
        pytest.param("en: ask for the letter", "en: ask for the letter by {date}", [
            'mine.yaml:35: leads[0].en: there is no blank "{date}" here; known: none'
        ], id="lead"),
        pytest.param("en: Today is {date}.", f"en: {'x' * MAX_TEXT['en']}", [], id="longest-english"),
        pytest.param("en: Today is {date}.", f"en: {'x' * (MAX_TEXT['en'] + 1)}", [
            "mine.yaml:10: dates.year-end.texts[0].en: has 421 characters, at most 420 are allowed"
        ], id="english-too-long"),
        pytest.param("zh: 今天就是{date}。", f"zh: {'字' * (MAX_TEXT['zh'] + 1)}", [
            "mine.yaml:9: dates.year-end.texts[0].zh: has 161 characters, at most 160 are allowed"
        ], id="chinese-too-long"),
        pytest.param("zh: 今天要{what}，才赶得上{date}。", f"zh: {'字' * (MAX_TEXT['zh'] + 1)}", [
            "mine.yaml:28: start.zh: has 161 characters, at most 160 are allowed"
        ], id="start-too-long"),
        pytest.param("en: At {step} since {since}; day {days}.", f"en: {'x' * (MAX_TEXT['en'] + 1)}", [
            "mine.yaml:26: waiting.en: has 421 characters, at most 420 are allowed"
        ], id="waiting-too-long"),
        pytest.param("zh: 请单位寄信", f"zh: {'字' * (MAX_LEAD['zh'] + 1)}", [
            "mine.yaml:34: leads[0].zh: has 25 characters, at most 24 are allowed"
        ], id="lead-too-long"),
        pytest.param("en: ask for the letter", f"en: {'x' * (MAX_LEAD['en'] + 1)}", [
            "mine.yaml:35: leads[0].en: has 81 characters, at most 80 are allowed"
        ], id="english-lead-too-long"),
    ],
)  # fmt: skip
def test_broken_text(here: Path, old: str, new: str, messages: list[str]) -> None:
    """Blanks that nothing fills, and texts that are too long for a lock screen, are problems."""
    assert problems_of(here, rules_with((old, new))) == messages


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        pytest.param("  every: 7\n", "", [
            'mine.yaml:22: waiting: "every" is missing'
        ], id="no-every"),
        pytest.param("  most: 3\n", "  most: 0\n", [
            "mine.yaml:24: waiting.most: expected a whole number from 1 to 365, found 0"
        ], id="never"),
        pytest.param("  first: 3\n", "  first: three\n", [
            "mine.yaml:22: waiting.first: expected a whole number, found a text"
        ], id="first-a-text"),
        pytest.param("  most: 3\n", "  most: 3\n  last: 9\n", [
            'mine.yaml:25: waiting.last: unknown key "last"; known here: first, every, most, zh, en'
        ], id="unknown-key"),
        pytest.param("  en: At {step} since {since}; day {days}.\n", "", [
            'mine.yaml:22: waiting: "en" is missing'
        ], id="waiting-no-english"),
        pytest.param("  zh: 今天要{what}，才赶得上{date}。\n", "", [
            'mine.yaml:28: start: "zh" is missing'
        ], id="start-no-chinese"),
        pytest.param("  zh: 今天要{what}", "  de: Heute\n  zh: 今天要{what}", [
            'mine.yaml:28: start.de: unknown key "de"; known here: zh, en'
        ], id="another-language"),
        pytest.param("    zh: 请单位寄信\n", "", [
            'mine.yaml:31: leads[0]: "zh" is missing'
        ], id="lead-no-chinese"),
        pytest.param("flow: letters", "flow: parcels", [
            'mine.yaml:31: leads[0].flow: there is no flow "parcels"'
        ], id="unknown-flow"),
        pytest.param("step: wait", "step: wait-longer", [
            'mine.yaml:32: leads[0].step: there is no step "wait-longer" in the flow "letters"'
        ], id="unknown-step"),
        pytest.param("step: wait", "step: papers", [
            'mine.yaml:32: leads[0].step: "papers" is no waiting step, so nobody waits there'
        ], id="no-waiting-step"),
        pytest.param("    days: 3\n", "    days: 0\n", [
            "mine.yaml:33: leads[0].days: expected a whole number from 1 to 365, found 0"
        ], id="no-days"),
        pytest.param("    days: 3\n", "    days: 3\n    from: 2\n", [
            'mine.yaml:34: leads[0].from: unknown key "from"; known here: flow, step, days, zh, en'
        ], id="lead-unknown-key"),
        pytest.param("    step: wait\n", "", [
            'mine.yaml:31: leads[0]: "step" is missing'
        ], id="no-step"),
        pytest.param(LEAD, LEAD + LEAD, [
            'mine.yaml:36: leads[1]: "wait" of "letters" stands here twice'
        ], id="lead-twice"),
        pytest.param(LEAD, LEAD.replace("    step: wait\n", "") * 2, [
            'mine.yaml:31: leads[0]: "step" is missing',
            'mine.yaml:35: leads[1]: "step" is missing',
        ], id="two-without-steps"),
        pytest.param(f"leads:\n{LEAD}", "leads: []\n", [], id="no-leads"),
        pytest.param(f"leads:\n{LEAD}", "leads: {letters: 3}\n", [
            "mine.yaml:30: leads: expected a list, found a mapping"
        ], id="leads-a-mapping"),
    ],
)  # fmt: skip
def test_broken_wait(here: Path, small_library: Library, old: str, new: str, messages: list[str]) -> None:
    """What is wrong in the rules about waiting, and in the lead times, is one problem each."""
    assert problems_of(here, rules_with((old, new)), small_library) == messages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "mine.yaml:1: is empty", id="empty"),
        pytest.param("# nothing\n", "mine.yaml:1: is empty", id="comment"),
        pytest.param("- hour: 10\n", "mine.yaml:1: expected a mapping, found a list", id="list"),
        pytest.param(
            "hour: 10\n\tlater: [1]\n",
            "mine.yaml:2: is not valid YAML: while scanning a plain scalar found a tab character that violates indentation",
            id="tab",
        ),
        pytest.param(
            "hour: 10\nlater: [\n",
            "mine.yaml:3: is not valid YAML: while parsing a flow node did not find expected node content",
            id="unfinished",
        ),
    ],
)
def test_unreadable_file(here: Path, text: str, message: str) -> None:
    """A file that is no YAML, or not a mapping, is one problem."""
    assert problems_of(here, text) == [message]


def test_no_file_and_no_text(here: Path) -> None:
    """What cannot be read is one problem, and no rules."""
    (here / "folder").mkdir()
    (here / "old.yaml").write_bytes(b"hour: " + "八点".encode("gb18030"))
    problems = Problems()

    for name in ("nowhere.yaml", "folder", "old.yaml"):
        assert read_rules(here / name, problems) == Rules()
    assert [str(problem) for problem in problems.found] == [
        "nowhere.yaml:1: cannot be read: No such file or directory",
        "folder:1: cannot be read: Is a directory",
        "old.yaml:1: is not UTF-8 (byte 6)",
    ]


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        pytest.param([("hour: 10", "hour: 7")], "hour: 7:00 is in the quiet hours, from 21:00 until 8:00", id="one"),
        pytest.param(
            [("later: [1, 3]", "later: [0]"), ("most: 3", "most: 0"), ("hour: 10", "hour: 22")],
            "hour: 22:00 is in the quiet hours, from 21:00 until 8:00 (and 2 more)",
            id="several",
        ),
    ],
)
def test_rules_of_a_broken_file(here: Path, edits: list[tuple[str, str]], sentence: str) -> None:
    """Problems end in one sentence, with the first problem and how many more there are."""
    with pytest.raises(ContentError) as caught:
        rules_of(write_rules(here, *edits))

    found = f"mine.yaml:1: {sentence}"
    assert str(caught.value) == f"the reminders cannot be used: {found}; `regbot check` lists all problems"

"""What a report says, in both languages."""

from collections.abc import Mapping
from typing import Final

from faq.text import Language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("注册助手使用报告", "Registration assistant: report"),
    "period": ("{since} 至 {until}", "{since} to {until}"),
    "made-at": ("{moment}（{zone}）生成", "Made on {moment} ({zone})"),
    "no-personal": (
        "这份报告只有统计数字，没有任何人的姓名、编号或写过的话。",
        "This report holds counts only: nobody's name or number, and nothing that anybody wrote.",
    ),
    "people": ("使用的人", "People"),
    "people-all": ("一共来过的人", "People in all"),
    "people-new": ("新来的人", "New people"),
    "people-active": ("{since} 以后来过的人", "People active since {since}"),
    "questions": ("提问", "Questions"),
    "asked": ("提问", "Asked"),
    "answered-share": ("直接答上的比例", "Answered at once"),
    "answered": ("直接答上", "Answered"),
    "suggested": ("给出选项", "Suggested"),
    "unanswered": ("没答上", "Unanswered"),
    "out-of-scope": ("不归它管", "Out of scope"),
    "small-talk": ("寒暄", "Small talk"),
    "opened": ("点开看的", "Opened"),
    "by-day": ("每天的提问", "Questions per day"),
    "by-week": ("每周的提问", "Questions per week"),
    "by-month": ("每月的提问", "Questions per month"),
    "by-language": ("各语言的提问", "Questions by language"),
    "day": ("日期", "Day"),
    "week": ("这天起的一周", "Week from"),
    "month": ("月份", "Month"),
    "language": ("语言", "Language"),
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "nothing-asked": ("这段时间没有人提问。", "Nothing was asked in this time."),
    "chart-days": (
        "柱状图：共 {asked} 个问题，直接答上 {answered}，给出选项 {suggested}，没答上 {unanswered}；数字见下表。",
        "Bar chart: {asked} questions, {answered} answered, {suggested} suggested, {unanswered} unanswered; the table below has the numbers.",
    ),
    "most": ("最高 {count}", "Highest: {count}"),
    "numbers": ("看具体数字", "Show the numbers"),
    "opinions": (
        "{helpful} 人说有帮助，{not_helpful} 人说没解决",
        "{helpful} said that it helps, {not_helpful} that it does not",
    ),
    "best-known": ("看得最多的答案", "Answers shown most"),
    "worst": ("最需要改进的答案", "Answers that help least"),
    "worst-note": (
        "意见多、没解决的比例又高的排在前面。",
        "Those that many people found of no help come first; one opinion weighs little.",
    ),
    "questions-note": (
        "“不归它管”是“没答上”里的一部分。“点开看的”是按按钮看的答案，不算在提问里。",
        "“Out of scope” is a part of “unanswered”. “Opened” counts answers opened by a button, which are no questions.",
    ),
    "no-entries": ("这段时间没有答案被看过。", "No answer was shown in this time."),
    "no-opinions": ("这段时间没有人评价答案。", "Nobody said in this time whether an answer helps."),
    "entry": ("答案", "Answer"),
    "shown": ("看过", "Shown"),
    "helpful": ("有帮助", "Helpful"),
    "not-helpful": ("没解决", "Not helpful"),
    "helpful-share": ("有帮助的比例", "Helpful share"),
    "flows": ("办事流程", "Guided flows"),
    "flow": ("流程", "Flow"),
    "started": ("开始", "Started"),
    "finished": ("办完", "Finished"),
    "given-up": ("中止", "Given up"),
    "failed-flows": ("出错", "Failed"),
    "under-way": ("正在办", "Under way"),
    "stopped": ("停在半路", "Stopped half-way"),
    "stopped-note": (
        "“停在半路”指还没办完、14 天没有动过的人；“正在办”和“停在半路”都是生成报告时的情况。",
        "“Stopped half-way” counts those who have not finished and have not moved for 14 days. It and “under way” are as of when the report was made.",
    ),
    "funnel-note": (
        "每一步写的是这段时间走到这里的人数。浅色的是已经知道答案、直接跳过这一步的人。",
        "Each step shows how many different people came there in this time. The light part stands for those who passed it over, since the answer was known.",
    ),
    "step": ("步骤", "Step"),
    "entered": ("走到", "Entered"),
    "skipped-step": ("跳过", "Passed over"),
    "here": ("现在停在这里", "There now"),
    "idle": ("14 天没动", "Not moved for 14 days"),
    "side": ("旁支", "off the main way"),
    "n-entered": ("{count} 人", "{count}"),
    "n-skipped": ("另 {count} 人跳过", "{count} passed over"),
    "n-here": ("{count} 人现在停在这里", "{count} there now"),
    "n-idle": ("其中 {count} 人 14 天没动", "{count} of them not moved for 14 days"),
    "reminders": ("提醒", "Reminders"),
    "kind": ("种类", "Kind"),
    "kind-year-end": ("年底截止", "Year's end"),
    "kind-limit": ("两年期限", "Two-year limit"),
    "kind-waiting": ("等待中的步骤", "Waiting"),
    "kind-later": ("自己约的", "Asked for"),
    "all": ("合计", "All"),
    "planned": ("待发", "Planned"),
    "sending": ("正在发", "Being sent"),
    "sent": ("已发", "Sent"),
    "skipped": ("不必再发", "Skipped"),
    "failed": ("没发成", "Failed"),
    "reminders-note": (
        "“待发”“正在发”是生成报告时的情况，其余是这段时间里的。",
        "“Planned” and “being sent” are as of when the report was made, the others are of this time.",
    ),
    "no-reminders": ("还没有提醒。", "There are no reminders yet."),
    "count": ("数量", "Count"),
    "comma": ("，", ", "),
}


class Words:
    """What a report says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = ("zh", "en").index(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        return _WORDS[key][self._place].format(**values)

    def kind(self, kind: str) -> str:
        """Return what a kind of reminders is called."""
        return self(f"kind-{kind}") if f"kind-{kind}" in _WORDS else kind

    def of_language(self, language: str) -> str:
        """Return what a language is called."""
        return self(language) if language in ("zh", "en") else language

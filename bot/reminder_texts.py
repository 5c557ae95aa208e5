"""The assistant's own words about reminders, in both languages; those of the reminders themselves are in `reminders.yaml`."""

from collections.abc import Mapping
from typing import Final

from faq.text import Language

REMINDER_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "remind-button": {"zh": "到时候提醒我", "en": "Remind me in time"},
    "remind-plan-button": {"zh": "看提醒安排", "en": "My reminders"},
    "remind-later-button": {"zh": "过几天提醒我", "en": "Remind me of this"},
    "remind-title": {"zh": "提醒", "en": "Reminders"},
    "remind-offer": {
        "zh": "要我到时候提醒你吗？年底之前、你的两年期限之前，还有等别人办的时候，我会发一条消息。一般在{hour}点左右发，"
        "晚上{from}点到早上{until}点不打扰，随时可以停。",
        "en": "Shall I remind you in time? You would hear from me before the year's end, before your own two-year limit, and while you are "
        "waiting for somebody else; at about {hour}:00, never between {from}:00 and {until}:00. You can stop it at any time.",
    },
    "remind-on": {"zh": "好，到时候提醒你。", "en": "All right, I will remind you."},
    "remind-planned": {"zh": "接下来会提醒你：", "en": "You will hear from me:"},
    "remind-line": {"zh": "{date} {hour}:00，{what}", "en": "{date}, {hour}:00: {what}"},
    "remind-more": {"zh": "之后还有{count}次。", "en": "And {count} more after that."},
    "remind-what-year-end": {"zh": "离{date}还有{days}天", "en": "{days|day} to {date}"},
    "remind-what-limit": {
        "zh": "离你的两年期限（{date}）还有{days}天",
        "en": "{days|day} to your two-year limit ({date})",
    },
    "remind-what-today": {"zh": "{date}当天", "en": "on the day itself, {date}"},
    "remind-what-start": {
        "zh": "照估计，最晚这天要动手，才赶得上{date}",
        "en": "by the estimate, the last day to start if {date} is to be kept",
    },
    "remind-what-waiting": {"zh": "问问“{step}”有没有消息", "en": 'any news at "{step}"?'},
    "remind-what-later": {"zh": "你让我到时候再提醒一次", "en": "the reminder that you asked for"},
    "remind-none": {
        "zh": "眼下没有排着的提醒。日子近了，或者办到要等别人的那一步，就会有。",
        "en": "Nothing is planned at the moment. That changes when a date comes near, or when you wait for somebody else.",
    },
    "remind-nothing": {
        "zh": "你说过已经注册好了，没有要赶的日子，就不用提醒了。",
        "en": "You told me that you are registered, so there is no date to remind you of.",
    },
    "remind-no-limit": {
        "zh": "我还不知道你哪天取得资格，所以只算年底。想把两年期限也算进去，先走一遍“{title}”。",
        "en": 'I do not know when you qualified, so only the year\'s end counts. For your two-year limit as well, go through "{title}".',
    },
    "remind-backwards": {
        "zh": "要赶上{date}，照一般的速度倒着算：",
        "en": "To be registered by {date}, worked out backwards from the usual times:",
    },
    "remind-tight": {
        "zh": "要赶上{date}，时间比一般的紧。按剩下的工作日压缩下来，每一步都得催一催：",
        "en": "To be registered by {date}, there is less time than usual. Squeezed into the working days that are left, so please press at every step:",
    },
    "remind-by": {"zh": "最晚{date}：{what}", "en": "by {date}: {what}"},
    "remind-now": {"zh": "今天就：{what}", "en": "today: {what}"},
    "remind-estimate": {
        "zh": "这些天数是估计的，各地快慢不一样，以单位和当地卫生健康委的答复为准。",
        "en": "These times are estimates, and places differ; your institution and the local health commission have the final word.",
    },
    "remind-kind-year-end": {"zh": "年底之前", "en": "Before the year's end"},
    "remind-kind-limit": {"zh": "两年期限之前", "en": "Before my two-year limit"},
    "remind-kind-waiting": {"zh": "等别人办的时候", "en": "While I am waiting"},
    "remind-hour-button": {"zh": "换钟点（{hour}:00）", "en": "Hour: {hour}:00"},
    "remind-zone-button": {"zh": "换时区（{zone}）", "en": "Time zone: {zone}"},
    "remind-all-off": {"zh": "都不提醒了", "en": "No reminders at all"},
    "remind-back": {"zh": "回到提醒安排", "en": "Back to my reminders"},
    "remind-hours": {"zh": "几点提醒你？", "en": "At what hour shall I remind you?"},
    "remind-hour-set": {"zh": "好，以后{hour}:00提醒你。", "en": "All right, at {hour}:00 from now on."},
    "remind-hour-refused": {
        "zh": "晚上{from}点到早上{until}点我不发提醒，请在{until}点到{last}点之间选。",
        "en": "I send nothing between {from}:00 and {until}:00; please choose an hour from {until} to {last}.",
    },
    "remind-zones": {
        "zh": "你用的是哪里的时间？别的地方，发送 /remind 加时区名，比如 /remind Europe/London。",
        "en": "Which time do you live by? For other places send /remind with the name of the time zone, such as /remind Europe/London.",
    },
    "remind-zone-set": {"zh": "好，按{zone}算钟点。", "en": "All right, hours are now those of {zone}."},
    "zone-Asia/Shanghai": {"zh": "北京时间", "en": "Beijing time"},
    "zone-Asia/Urumqi": {"zh": "新疆时间", "en": "Xinjiang time"},
    "remind-not-understood": {
        "zh": "这句设置我没看懂。可以发送：/remind 9（换成9点）、/remind Europe/London（换时区）、/remind off（不再提醒）、/remind on（重新开）。",
        "en": "I did not understand that setting. You can send /remind 9 (at nine), /remind Europe/London (time zone), /remind off or /remind on.",
    },
    "remind-stopped": {
        "zh": "好，不再提醒了。日子还是要记着，可以发送 /calendar 存进手机日历；想再要提醒，发送 /remind。",
        "en": "All right, no more reminders. The dates still count: /calendar puts them into your phone's calendar, and /remind turns "
        "reminders on again.",
    },
    "remind-stop": {"zh": "不再提醒", "en": "Stop reminders"},
    "remind-later": {"zh": "稍后提醒", "en": "Later"},
    "remind-later-ask": {
        "zh": "什么时候再提醒你？在那之前我不打扰。",
        "en": "When shall I remind you? You will not hear from me before then.",
    },
    "remind-in-1": {"zh": "明天", "en": "Tomorrow"},
    "remind-in-7": {"zh": "一周后", "en": "Next week"},
    "remind-in": {"zh": "{days}天后", "en": "In {days|day}"},
    "remind-later-set": {
        "zh": "好，{date} {hour}:00左右提醒你。",
        "en": "All right, you will hear from me on {date} at about {hour}:00.",
    },
    "remind-too-late": {
        "zh": "{date}就是最后一天了，不能再往后推。今天能办的，今天就办。",
        "en": "The last day is {date}, so there is no later time to remind you. What can be done today, please do today.",
    },
    "remind-too-far": {
        "zh": "离{date}只有{days}天，推那么久怕来不及。",
        "en": "Only {days|day} left to {date}; to wait that long would be risky.",
    },
    "remind-done": {"zh": "已经注册好了", "en": "I am registered"},
    "remind-done-said": {
        "zh": "好，记下了：你已经注册好了。年底和两年期限的事，我不再提醒。",
        "en": "Good, noted: you are registered. I will not remind you of the year's end or the two years any more.",
    },
    "remind-undone": {"zh": "其实还没注册", "en": "Not registered after all"},
    "remind-undone-said": {
        "zh": "好，那就当还没注册。日子照算，提醒照旧。",
        "en": "All right, not registered yet, then. Dates count as before, and so do reminders.",
    },
    "reminded-lead": {
        "zh": "你让我今天提醒你注册的事。",
        "en": "You asked me to remind you of the registration today.",
    },
    "reminded-at": {"zh": "你现在办到“{flow}”的“{step}”。", "en": 'You are at "{step}" of "{flow}".'},
    "reminded-first": {
        "zh": "还没动手的话，先从“{flow}”办起。",
        "en": 'If you have not started yet, begin with "{flow}".',
    },
}

"""The assistant's own words about reminders, in both languages; those of the reminders themselves are in `reminders.yaml`."""

from collections.abc import Mapping
from typing import Final

from faq.text import Language

REMINDER_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "remind-button": {"zh": "到时候提醒我", "en": "Remind me in time"},
    "remind-plan-button": {"zh": "看提醒安排", "en": "My reminders"},
    "remind-later-button": {"zh": "过几天提醒我", "en": "Remind me in a few days"},
    "remind-title": {"zh": "提醒", "en": "Reminders"},
    "remind-offer": {
        "zh": "要我到时候提醒你吗？年底之前、你的两年期限之前，还有等别人办的时候，都会提醒。一般{hour}:00左右，{from}:00到第二天{until}:00不打扰，随时可以停。",
        "en": "Shall I remind you in time? That is before the year's end, before your own two-year "
        "limit, and while you are waiting for somebody else; at about {hour}:00, never between {from}:00 and "
        "{until}:00 the next morning. You can stop it at any time.",
    },
    "remind-on": {"zh": "好，到时候提醒你。", "en": "All right, I will remind you."},
    "remind-planned": {"zh": "接下来会提醒你：", "en": "Your reminders:"},
    "remind-line": {"zh": "{date} {hour}:00，{what}", "en": "{date}, {hour}:00: {what}"},
    "remind-more": {"zh": "之后还有{count}次。", "en": "And {count} more after that."},
    "remind-what-year-end": {"zh": "离年底（12月31日）还有{days}天", "en": "{days|day} to the year's end"},
    "remind-what-limit": {
        "zh": "离你的两年期限（{date}）还有{days}天",
        "en": "{days|day} to your two-year limit ({date})",
    },
    "remind-what-today": {"zh": "最后一天，当天提醒", "en": "the last day itself"},
    "remind-what-start": {
        "zh": "按估计，要赶上{date}，这天就得开始办",
        "en": "by our estimate, the last day to start to make {date}",
    },
    "remind-what-waiting": {"zh": "问问“{step}”有消息没有", "en": "check for news: {step}"},
    "remind-what-later": {"zh": "你要我再提醒一次", "en": "the reminder you asked for"},
    "remind-none": {
        "zh": "眼下没有排着的提醒。日子近了，或者办到要等别人的那一步，就会有。",
        "en": "Nothing is planned at the moment. That changes when a date comes near, or when you wait for "
        "somebody else.",
    },
    "remind-nothing": {
        "zh": "你说过已经注册好了，没有要赶的日子，就不用提醒了。",
        "en": "You told me you are registered, so there are no dates left to remind you of.",
    },
    "remind-no-limit": {
        "zh": "我还不知道你哪天取得资格，所以只算年底。想把两年期限也算进去，先走一遍“{title}”。",
        "en": "I do not know when you qualified, so only the year's end counts. For your two-year limit as well, "
        'go through "{title}".',
    },
    "remind-backwards": {
        "zh": "按一般的速度，要赶上{date}，最晚这样安排：",
        "en": "To be registered by {date}, at the usual pace:",
    },
    "remind-tight": {
        "zh": "要赶上{date}，剩的时间比平常办下来要的短。下面按剩下的工作日排紧了，每一步都要催：",
        "en": "There is less time than usual before {date}. This is the plan fitted into the working days that are "
        "left; please follow up at every step:",
    },
    "remind-by": {"zh": "最晚{date}：{what}", "en": "by {date}: {what}"},
    "remind-now": {"zh": "今天：{what}", "en": "today: {what}"},
    "remind-estimate": {
        "zh": "这些天数是估计的，各地快慢不一样，以单位和当地卫生健康委的答复为准。",
        "en": "These times are estimates, and places differ; your institution and the local health commission have "
        "the final word.",
    },
    "remind-kind-year-end": {"zh": "年底之前", "en": "Before the year's end"},
    "remind-kind-limit": {"zh": "两年期限之前", "en": "Before my two-year limit"},
    "remind-kind-waiting": {"zh": "等别人办的时候", "en": "While I am waiting"},
    "remind-hour-button": {"zh": "换时间（{hour}:00）", "en": "Hour: {hour}:00"},
    "remind-zone-button": {"zh": "换时区（{zone}）", "en": "Time zone: {zone}"},
    "remind-all-off": {"zh": "都不提醒了", "en": "No reminders at all"},
    "remind-back": {"zh": "回到提醒安排", "en": "Back to my reminders"},
    "remind-hours": {"zh": "你想几点收到提醒？", "en": "What time should I remind you?"},
    "remind-hour-set": {"zh": "好，以后{hour}:00提醒你。", "en": "All right, at {hour}:00 from now on."},
    "remind-hour-refused": {
        "zh": "{from}:00到第二天{until}:00我不发提醒，请选{until}:00到{last}:00之间的整点。",
        "en": "I send nothing between {from}:00 and {until}:00. Please choose a full hour from {until}:00 to "
        "{last}:00.",
    },
    "remind-zones": {
        "zh": "按哪里的时间提醒你？别的地方，发送 /remind 加时区名，比如 /remind Europe/London。",
        "en": "Which time zone are you in? For other places, send /remind and a time zone, for example /remind "
        "Europe/London.",
    },
    "remind-zone-set": {"zh": "好，以后按{zone}提醒你。", "en": "All right, I will go by {zone}."},
    "zone-Asia/Shanghai": {"zh": "北京时间", "en": "Beijing time"},
    "zone-Asia/Urumqi": {"zh": "新疆时间", "en": "Xinjiang time"},
    "remind-not-understood": {
        "zh": "这句设置我没看懂。可以发送：/remind 9（换成9点，只能选整点）、/remind Europe/London（换时区）、/remind off（不再提醒）、/remind on（重新开）。",
        "en": "I did not understand that setting. You can send /remind 9 (at nine; full hours only), /remind "
        "Europe/London (time zone), /remind off or /remind on.",
    },
    "remind-stopped": {
        "zh": "好，不再提醒了。期限还是要自己记着，可以发送 /calendar 存进手机日历；想再要提醒，发送 /remind。",
        "en": "All right, no more reminders. Your deadlines still apply: /calendar puts them into your phone's "
        "calendar, and /remind turns reminders on again.",
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
        "zh": "好，{date} {hour}:00左右提醒你，在那之前不发别的。",
        "en": "All right, on {date} at about {hour}:00, and nothing before then.",
    },
    "remind-too-late": {
        "zh": "{date}就是最后一天，不能再推了。能办的今天就办。",
        "en": "{date} is the last day, so it cannot wait. Please do today whatever you can.",
    },
    "remind-too-far": {
        "zh": "离{date}只有{days}天，推那么久怕来不及，最晚可以推到{last}。",
        "en": "Only {days|day} left until {date}; waiting that long is risky. The latest would be {last}.",
    },
    "remind-done": {"zh": "已经注册好了", "en": "I am registered"},
    "remind-done-said": {
        "zh": "好，记下了：你已经注册好了。年底和两年期限的事，我不再提醒。",
        "en": "Good, noted: you are registered. No more reminders about the year's end or the two-year limit.",
    },
    "remind-undone": {"zh": "其实还没注册", "en": "I am not registered yet"},
    "remind-undone-said": {
        "zh": "好，那就还按没注册算，该提醒的照样提醒。",
        "en": "All right, I will count you as not registered yet; dates and reminders are back.",
    },
    "reminded-lead": {
        "zh": "你让我再提醒你一次：注册的事。",
        "en": "You asked me to remind you about your registration.",
    },
    "reminded-limit-passed": {
        "zh": "你的两年期限（{date}）已经过了，要先培训、考核合格才能申请。先问当地的注册窗口：培训去哪家、要多久。",
        "en": "Your two-year limit ({date}) has passed, so training and an assessment come before the application. First ask the "
        "local registration window where the training is given and how long it takes.",
    },
    "remind-impossible": {
        "zh": "按平常的速度，已经很难赶上{date}了。今天就给单位和当地的注册窗口打电话，问还差什么、能不能快一点。",
        "en": "At the usual pace {date} can hardly be met any more. Call your institution and the local registration window today, ask what "
        "is missing and whether it can go faster.",
    },
    "reminded-at": {"zh": "你现在办到“{flow}”的“{step}”。", "en": 'You are at "{step}" of "{flow}".'},
    "reminded-first": {
        "zh": "还没动手的话，先从“{flow}”办起。",
        "en": 'If you have not started yet, begin with "{flow}".',
    },
}

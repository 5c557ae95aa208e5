"""The assistant's own words about the guided flows, in both languages."""

from collections.abc import Mapping
from typing import Final

from faq.text import Language

GUIDE_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "guides-button": {"zh": "一步步带我办", "en": "Guide me step by step"},
    "guides": {
        "zh": "下面这些事我可以一步步带你办。中途随时可以提问、返回或者先放着，我记得你办到哪儿。",
        "en": "I can lead you through these, step by step. You can ask questions, go back or pause at any time; I remember "
        "where you are.",
    },
    "guide-line": {"zh": "{title}（{state}）：{summary}", "en": "{title} ({state}): {summary}"},
    "guide-new": {"zh": "还没开始", "en": "not begun"},
    "guide-at": {"zh": "办到“{step}”，{done}/{total}", "en": 'at "{step}", {done}/{total}'},
    "guide-done": {"zh": "{date}办完", "en": "done on {date}"},
    "guide-stopped": {"zh": "{date}停下", "en": "stopped on {date}"},
    "begin": {"zh": "带我办：{title}", "en": "Guide me: {title}"},
    "go-on": {"zh": "接着办：{title}", "en": "Go on: {title}"},
    "again": {"zh": "重新办：{title}", "en": "Once more: {title}"},
    "step-title": {"zh": "{flow}（{number}/{total}）{step}", "en": "{flow} ({number}/{total}): {step}"},
    "side-title": {"zh": "{flow}：{step}", "en": "{flow}: {step}"},
    "back": {"zh": "上一步", "en": "Back"},
    "leave": {"zh": "先放着", "en": "Pause"},
    "progress-button": {"zh": "看看整个进度", "en": "See all my progress"},
    "change": {"zh": "改：{title}", "en": "Change: {title}"},
    "used": {"zh": "这几项按你之前说的来：{answers}。", "en": "Taken from what you told me before: {answers}."},
    "pair": {"zh": "{title}（{answer}）", "en": "{title} ({answer})"},
    "waiting-since": {"zh": "从{date}开始等，到今天是第{days}天。", "en": "Waiting since {date}; today is day {days}."},
    "missing": {
        "zh": "还差{count}样：{items}。有了就点一下，点错了再点一次。",
        "en": "Still missing ({count}): {items}. Press what you have; press again to undo.",
    },
    "complete": {"zh": "都齐了。", "en": "Everything is here."},
    "incomplete": {"zh": "还没齐，差{items}。", "en": "Not complete yet; still missing: {items}."},
    "stale-button": {
        "zh": "那是之前的按钮，已经翻过去了。现在在这一步：",
        "en": "That button belongs to an earlier step. This is where you are now:",
    },
    "moved-gone": {
        "zh": "办事步骤更新了，你原来那一步现在没有了，先接到离它最近的这一步。",
        "en": "The steps have been updated and the one you were at is gone; this is the nearest one.",
    },
    "moved-changed": {
        "zh": "这一步的内容更新了，麻烦按现在的再看一下。",
        "en": "This step has been updated; please look at it once more.",
    },
    "flow-gone": {
        "zh": "你之前在办的那个流程已经撤下来了，对不起。看看下面这些能不能用上：",
        "en": "I am sorry, the guide you were in has been withdrawn. Perhaps one of these helps:",
    },
    "flow-failed": {
        "zh": "抱歉，这个流程自己绕圈子了，是我这边的错。你前面办的都记着，可以发送 /back 退回上一步，或者直接提问。",
        "en": "I am sorry, this guide went in circles; the mistake is mine. What you did is kept: /back goes to the step before, "
        "and you can always ask a question.",
    },
    "first-elsewhere": {
        "zh": "先办“{title}”，办完接着往下走。",
        "en": 'First "{title}"; afterwards you go on from here.',
    },
    "returned": {"zh": "回到“{title}”，接着往下办：", "en": 'Back to "{title}":'},
    "chosen": {"zh": "{step} → {answer}", "en": "{step} → {answer}"},
    "at-start": {"zh": "这已经是第一步了。", "en": "This is the first step already."},
    "not-in-guide": {
        "zh": "你现在没有在办哪一项。要我带着办的话，选一个：",
        "en": "You are not in a guide at the moment. To begin or go on, choose one:",
    },
    "left": {
        "zh": "好，“{title}”先放着，进度给你留着。想接着办就发送 /guides。",
        "en": 'All right, "{title}" is paused and your place kept. Send /guides to go on.',
    },
    "left-finished": {
        "zh": "好。“{title}”已经走到头了，没有要放下的。",
        "en": 'All right. "{title}" had come to its end, so there is nothing to pause.',
    },
    "where-you-were": {
        "zh": "欢迎回来。上次（{date}）你在办“{title}”，停在“{step}”。",
        "en": 'Welcome back. On {date} you were in "{title}", at "{step}".',
    },
    "restart-ask": {
        "zh": "“{title}”要从头开始吗？这一项里选过的和勾过的都会清空；你告诉过我的身份、省份、取得资格的时间不受影响。",
        "en": 'Begin "{title}" from the first step? What you chose and ticked in it is cleared; your role, province and date of '
        "qualification stay.",
    },
    "restart-yes": {"zh": "从头开始", "en": "Begin again"},
    "restart-no": {"zh": "不了，接着办", "en": "No, go on"},
    "finished-already": {
        "zh": "“{title}”你已经走完了（{date}）。",
        "en": 'You have been through "{title}" already ({date}).',
    },
    "stopped-already": {
        "zh": "“{title}”你上次停在了这里（{date}）。",
        "en": 'You stopped "{title}" here ({date}).',
    },
    "lost": {
        "zh": "这句话我没听明白。选下面一项，或者把它的字打出来也行；有问题直接问也可以。",
        "en": "I could not match that. Choose one below, or type its words; you can also just ask a question.",
    },
    "lost-typed": {
        "zh": "这句话我没听明白。照下面的例子写，或者打出下面的选项都行；有问题直接问也可以。",
        "en": "I could not match that. Write it as in the example below, or choose what fits; you can also just ask a question.",
    },
    "lost-again": {
        "zh": "还是没听明白，不好意思：发送 /back 回上一步，/cancel 先放着；具体的事也可以问单位的人事科、医务科，或当地卫生健康委的注册窗口。",
        "en": "No harm done: /back goes one step back, /cancel pauses. You can also ask the personnel or medical affairs office of "
        "your institution, or the registration window of the local health commission.",
    },
    "refused-future": {
        "zh": "{date}还没到呢。请写实际的日期。",
        "en": "{date} is still to come. Please type the actual date.",
    },
    "refused-too-early": {
        "zh": "{date}太早了，再看一下年份有没有打错。",
        "en": "{date} is too long ago; please check the year.",
    },
    "refused-impossible": {
        "zh": "没有这一天，看看月份和日子是不是打错了。像这样写：2026年11月，或者 2026-11-20。",
        "en": "There is no such date; please check the month and the day. Write it like Nov 2026 or 2026-11-20.",
    },
    "refused-no-year": {
        "zh": "还差年份。像这样写：2026年11月，或者“去年12月”。",
        "en": 'The year is missing. Write it like Nov 2026, or "last December".',
    },
    "refused-no-month": {
        "zh": "还差月份，知道几号就更好。像这样写：2026年11月，或者 2026-11-20。",
        "en": "The month is missing; the day is welcome too. Write it like Nov 2026 or 2026-11-20.",
    },
    "refused-ambiguous": {
        "zh": "这样写分不清哪个是月、哪个是日。请先写年份：2026-03-04。",
        "en": "I cannot tell the day from the month in that. Please begin with the year: 2026-03-04.",
    },
    "refused-too-small": {
        "zh": "至少填{least}，看看是不是写错了。",
        "en": "It has to be at least {least}. Please check.",
    },
    "refused-too-large": {"zh": "最多填{most}，看看是不是写错了。", "en": "It can be at most {most}. Please check."},
    "refused-not-whole": {"zh": "请写整数，比如 2。", "en": "Please type a whole number, such as 2."},
    "progress": {"zh": "你办到这儿了：", "en": "This is how far you are:"},
    "progress-title": {"zh": "{title} {bar} {done}/{total}", "en": "{title} {bar} {done}/{total}"},
    "progress-done": {"zh": "✓ {step}（{date}）", "en": "✓ {step} ({date})"},
    "progress-waiting": {"zh": "… {step}（从{date}等到现在）", "en": "… {step} (waiting since {date})"},
    "progress-here": {"zh": "→ {step}（现在在这里）", "en": "→ {step} (you are here)"},
    "progress-left": {"zh": "→ {step}（先放着）", "en": "→ {step} (paused)"},
    "progress-todo": {"zh": "还没办：{steps}", "en": "To do: {steps}"},
    "told": {
        "zh": "你告诉过我：{answers}。哪项变了，点一下，我再问一遍。",
        "en": "What you told me: {answers}. Press one to be asked again.",
    },
    "ask-anew": {"zh": "重新问：{title}", "en": "Ask again: {title}"},
    "calendar-button": {"zh": "存进手机日历", "en": "Put into my calendar"},
    "calendar": {
        "zh": "这是你的日历文件，点开就能存进手机日历，里面有：{dates}。文件里带了提前的闹钟；有的日历用自己的提醒设置，存完看一眼。"
        "日子有变，发送 /calendar 再取一份，旧的那条从日历里删掉。",
        "en": "Here is your calendar file. Open it to put these dates into your phone's calendar: {dates}. It brings alarms ahead of "
        "them; some calendars use their own settings instead, so have a look afterwards. Should a date change, send /calendar for "
        "a new file and delete the old entry.",
    },
    "calendar-no-limit": {
        "zh": "里面只有年底。想把你自己的两年期限也算进去，先走一遍“{title}”。",
        "en": 'Only the year\'s end is in it. To have your own two-year limit as well, go through "{title}" first.',
    },
    "calendar-limit-passed": {
        "zh": "里面只有年底。你自己的两年期限{date}已经过了，要先问当地的注册窗口培训的事。",
        "en": "Only the year's end is in it. Your own two-year limit passed on {date}; ask the local registration window about the "
        "training first.",
    },
    "calendar-nothing": {
        "zh": "你说过已经注册好了，没有要赶的日子，就不用存日历了。",
        "en": "You told me that you are registered, so there is no date to hurry for and nothing to put into a calendar.",
    },
    "calendar-name": {"zh": "医师电子化注册", "en": "Doctors' registration"},
    "calendar-date": {"zh": "{what}（{date}）", "en": "{what} ({date})"},
    "calendar-limit": {"zh": "医师注册：两年期限最后一天", "en": "Registration: last day of your two years"},
    "calendar-limit-text": {
        "zh": "过了这一天才注册，要多交一份培训并考核合格的证明。以当地卫生健康委的答复为准。",
        "en": "Registered after this day, you also need a certificate of training and assessment. The local health commission has the "
        "final word.",
    },
    "calendar-year-end": {"zh": "医师注册：今年最后一天", "en": "Registration: last day of the year"},
    "calendar-year-end-text": {
        "zh": "今年注册成功，明年整年都算执业年限；拖到明年，下一个考试要晚一年。单位确认和卫健委审批都要时间，别等到最后几天。",
        "en": "Registered by today, all of next year counts as practice; a registration next year puts your next exam off by a year. "
        "The institution's confirmation and the commission's approval take time, so do not leave it to the last days.",
    },
    "cleared": {
        "zh": "好，“{title}”我不再记着，用到时再问你。",
        "en": 'All right, I no longer keep "{title}" and ask when it matters.',
    },
}

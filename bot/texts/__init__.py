"""The assistant's own words, apart from the FAQ, in both languages."""

from collections.abc import Mapping
from typing import Final

from bot.texts.channels import CHANNEL_TEXTS
from bot.texts.guides import GUIDE_TEXTS
from bot.texts.operators import OPERATOR_TEXTS
from bot.texts.reminders import REMINDER_TEXTS
from faq.text import Language

TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "welcome": {
        "zh": "你好，我是医师电子化注册助手。通过医师资格考试以后怎么注册、要什么材料、什么时候办，直接用一句话问我就行，"
        "错几个字也没关系。",
        "en": "Hello, I am the assistant for doctors' electronic registration. Ask me in your own words how to register after the "
        "medical licensing exam, what papers you need and by when. A few typing errors do not matter.",
    },
    "examples": {
        "zh": "比如：“助理要不要注册”“激活码没收到”“纸质材料要哪些”。",
        "en": 'For example: "do assistants have to register", "no activation code", "which papers do I need".',
    },
    "commands": {
        "zh": "/guides 一步步带你办\n/progress 看办到哪儿了\n/calendar 把日子存进手机日历\n/remind 到时候提醒我\n/back 上一步，/restart 从头来，/cancel 先放着\n/topics 按分类看所有问题\n/language 切换语言\n/privacy 我会记下什么\n/export 导出我记下的内容\n/forget 全部删除\n/help 看这份说明",
        "en": "/guides lead me step by step\n/progress where I am\n/calendar my dates for my own calendar\n/remind remind me in time\n/back one step back, /restart from the beginning, /cancel pause\n"
        "/topics all questions by group\n/language change the language\n/privacy what I keep\n"
        "/export what I keep about you, as a file\n/forget delete all of it\n/help this list",
    },
    "never-send": {
        "zh": "请不要把身份证号、手机号、密码、验证码或激活码发给我，我用不着。",
        "en": "Please never send me an ID number, a phone number, a password or a code; I do not need them.",
    },
    "topics": {"zh": "想看哪一类？", "en": "Which group would you like to see?"},
    "all-topics": {"zh": "所有分类", "en": "All groups"},
    "next": {"zh": "接下来你可能想知道：", "en": "What you may want to know next:"},
    "helpful": {"zh": "有帮助", "en": "This helps"},
    "unhelpful": {"zh": "没解决", "en": "This does not help"},
    "thanks-helpful": {"zh": "好的，记下了。还有问题随时问。", "en": "Noted, thank you. Ask again whenever you like."},
    "thanks-unhelpful": {
        "zh": "抱歉没帮上忙，我记下了，整理答案的人会看到。你可以换个说法再问，或者看看下面这些；具体到你个人的情况，"
        "请咨询当地卫生健康委的注册窗口，或者单位里管医师注册的人。",
        "en": "I am sorry it did not help. I have noted it, and the people who write the answers will see it. Ask again in other "
        "words, or look at the questions below. For your own case, ask the registration window of the local health commission "
        "or the person in charge at your institution.",
    },
    "did-you-mean": {"zh": "你想问的是不是下面哪一个？", "en": "Did you mean one of these?"},
    "none-of-these": {"zh": "都不是", "en": "None of these"},
    "no-answer": {
        "zh": "这个问题我没有现成的答案，不想乱说误导你。",
        "en": "I have no answer to that, and I would rather not guess.",
    },
    "ask-locally": {
        "zh": "请咨询当地卫生健康委的注册窗口，或者单位里管医师注册的人事科、医务科。",
        "en": "Please ask the registration window of the local health commission, or the person who handles registration at "
        "your institution.",
    },
    "hear-button": {"zh": "有了答案告诉我", "en": "Tell me when you know"},
    "hear-noted": {
        "zh": "好的。整理答案的人会看到这个问题，有了答案会通知你一次。",
        "en": "All right. The people who write the answers will see your question. When there is an answer I will tell you, once.",
    },
    "hear-gone": {
        "zh": "这个问题可能已经有人处理过了，请再问我一遍。",
        "en": "That question may have been dealt with by now; please ask it once more.",
    },
    "heard-lead": {
        "zh": "你之前问过：“{question}”。当时我没有答案，现在有了：",
        "en": 'You once asked: "{question}". I had no answer then; now I have one:',
    },
    "where-button": {"zh": "选省份，看当地的规定", "en": "My province: what applies there"},
    "where-ask": {
        "zh": "你要在哪个省注册？点一下或者打字都行。只问这一次，以后想改，发送 /progress。",
        "en": "In which province will you register? Press a button or type the name; I ask only once.",
    },
    "where-noted": {
        "zh": "好的，记下了。你那里的注册窗口我还没有资料，请打电话问当地卫生健康委。",
        "en": "Noted. I know nothing about the registration window there yet; please call the local health commission.",
    },
    "where-unsaid": {"zh": "好的，不说也没关系。", "en": "All right, you need not say."},
    "not-given-now": {
        "zh": "这条说明现在对你不适用，我先不给你看，免得误导。直接打字问我，或者发送 /topics 看所有问题。",
        "en": "That answer does not apply to you at present, so I do not show it. Just type your question, or send /topics to see all questions.",
    },
    "nearest": {"zh": "和它最接近的几个问题：", "en": "The nearest questions I can answer:"},
    "two-questions": {"zh": "你问了两件事，一件一件说。", "en": "You asked two things; here is one after the other."},
    "not-words": {
        "zh": "我没看到文字。请用一句话写出你的问题，中文、英文都行。",
        "en": "I see no words in that. Please write your question in a sentence, in Chinese or English.",
    },
    "unknown-command": {"zh": "没有“{command}”这个命令。", "en": 'There is no command "{command}".'},
    "unknown-button": {
        "zh": "这个按钮已经用不了了。直接打字问我，或者发送 /topics 看所有问题。",
        "en": "That button no longer works. Just type your question, or send /topics to see all questions.",
    },
    "choose-language": {"zh": "用哪种语言？ / Which language?", "en": "用哪种语言？ / Which language?"},
    "language-set": {"zh": "好的，以后用中文。", "en": "All right, English from now on."},
    "personal-data": {
        "zh": "你发来的内容里像是有{kinds}。我没有保存，也不需要。以后请不要在聊天里发这些，包括发给我；如果聊天记录能删，最好把那条删掉。",
        "en": "Your message seems to contain {kinds}. I have not kept it and do not need it. Please do not send such things in a chat, "
        "to me or to anybody; if you can delete that message, do.",
    },
    "kind-id-number": {"zh": "身份证号", "en": "an ID number"},
    "kind-phone": {"zh": "电话号码", "en": "a phone number"},
    "kind-email": {"zh": "邮箱地址", "en": "an e-mail address"},
    "kind-secret": {"zh": "密码、验证码一类的内容", "en": "something like a password or code"},
    "link-official": {
        "zh": "{host} 属于官方网站（{official}）。",
        "en": "{host} belongs to the official site ({official}).",
    },
    "link-lookalike": {
        "zh": "{host} 不是官方网站，而且很像是仿冒的：{reasons}。不要打开，更不要在上面填姓名和身份证号。",
        "en": "{host} is not the official site and looks like an imitation: {reasons}. Do not open it, and do not enter your name or "
        "ID number there.",
    },
    "link-unknown": {
        "zh": "{host} 不是官方的注册系统，我不知道它可不可靠。不要在上面填身份证号、密码或验证码。",
        "en": "{host} is not the official registration system, and I do not know whether it can be trusted. Do not enter an ID "
        "number, password or code there.",
    },
    "link-address": {
        "zh": "医师电子化注册个人端的官方地址是 {address} ，也可以从国家卫生健康委网站（nhc.gov.cn）的「服务平台」进入。我不会打开你发的链接，只看它的地址。",
        "en": "The official address of the personal side is {address} ; it is also reached from the National Health Commission's "
        'website (nhc.gov.cn) under "Service Platform". I never open links, I only look at the address.',
    },
    "reason-edit-distance": {
        "zh": "和官方域名只差几个字母",
        "en": "it differs from the official name by a few letters",
    },
    "reason-wrong-ending": {"zh": "域名后缀不对", "en": "the ending is wrong"},
    "reason-extra-words": {"zh": "官方域名里多加了字", "en": "words were added to the official name"},
    "reason-confusable-characters": {"zh": "混用了长得像的字符", "en": "it uses characters that look alike"},
    "reason-punycode": {"zh": "用了特殊编码的字符", "en": "it uses specially encoded characters"},
    "reason-user-info": {
        "zh": "官方地址只是写在“@”前面的幌子",
        "en": 'the official name only stands before an "@" as a decoy',
    },
    "reason-official-name-inside": {
        "zh": "官方域名只是它的一部分，真正的网站是另一个",
        "en": "the official name is only a part of it; the real site is another",
    },
    "reason-truncated": {"zh": "官方域名缺了开头几个字母", "en": "the first letters of the official name are missing"},
    "privacy": {
        "zh": "我会记下：你在这个聊天软件里的编号（不是姓名）、用哪种语言、第一次和最近一次来的时间、是否还能联系到你、上一条回复给了你哪些选项、你对答案的评价，"
        "你在办事流程里走到哪一步、选了什么、勾了哪些材料、各在什么时候，你告诉我的身份、省份和取得资格的时间，要不要提醒、几点提醒、给你排了和发过哪些提醒，以及我没答上来的问题"
        "（身份证号、电话、邮箱、密码和验证码会先隐去）、什么时候问的、有了答案要不要通知你。我答上来的问题不记，只按天统计次数，不记是谁问的。"
        "这些只存在运行本助手的机构的一个数据库文件和它的备份里，只用来帮你办事和改进答案。没答上来的问题一般留 180 天；两年没来过的，相关记录会自动全部删除；机构可以另定期限。",
        "en": "I keep: your number on this channel (not your name), your language, when you first and last wrote, whether you can still be reached, what the last reply offered, your opinion of answers; "
        "where you are in the guides, what you chose and ticked there and when; your role, province and date of qualification if you "
        "told me; whether, when and of what you are reminded; and questions that I could not answer (with ID numbers, phone numbers, e-mail addresses, passwords and codes blacked out first), "
        "when you asked them and whether you want to hear the answer. Questions that I answered are not kept, only counted by the day, without who asked. All this lies in one database file, and its backups, at the institution that "
        "runs this assistant, and serves to help you and to improve the answers. Unanswered questions are usually kept for 180 days, and everything about who has not written for two years is deleted; the institution may set other times.",
    },
    "privacy-operator": {"zh": "运行本助手的是{operator}。", "en": "This assistant is run by {operator}."},
    "privacy-rights": {
        "zh": "发送 /export 可以拿到我记下的关于你的全部内容，发送 /forget 可以全部删除。",
        "en": "/export gives you everything I keep about you, /forget deletes all of it.",
    },
    "export": {"zh": "这是我记下的关于你的全部内容。", "en": "This is everything I keep about you."},
    "forget-ask": {
        "zh": "要删除我记下的关于你的全部内容吗？删了就找不回来了。",
        "en": "Delete everything I keep about you? This cannot be undone.",
    },
    "forget-yes": {"zh": "全部删除", "en": "Delete everything"},
    "forget-no": {"zh": "先不删", "en": "Keep it"},
    "forgotten": {"zh": "已经全部删除。", "en": "Everything has been deleted."},
    "kept": {"zh": "好的，什么都没删。", "en": "All right, nothing was deleted."},
    "store-failed": {
        "zh": "抱歉，我这边现在存不了东西，刚才这一步没有记下来。提问照常可以；其他操作请过一会儿再试。",
        "en": "I am sorry, I cannot store anything at the moment, so this step was not recorded. You can still ask questions; please "
        "try other things again later.",
    },
}


_ALL: Final = {**TEXTS, **GUIDE_TEXTS, **REMINDER_TEXTS, **CHANNEL_TEXTS, **OPERATOR_TEXTS}


def say(language: Language, key: str, **values: str) -> str:
    """Return a text in a language, with its blanks filled in."""
    return _ALL[key][language].format(**values)

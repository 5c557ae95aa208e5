"""The assistant's own words on channels where messages can get lost, have attachments or be read by others."""

from collections.abc import Mapping
from typing import Final

from faq.text import Language

CHANNEL_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "attachment": {
        "zh": "图片、语音、表情、文件我都看不了，也不会下载。请用文字写出你的问题，一句话就行。证件照片请不要发，发了的话最好从聊天里删掉。",
        "en": "I cannot read pictures, voice messages, stickers or files, and do not download them. Please write your question in a "
        "sentence. Photos of documents are not needed here; if you sent one, you may want to delete it from the chat.",
    },
    "attachment-with-text": {
        "zh": "图片、文件我看不了，也没有下载，只看你写的这句话。",
        "en": "I cannot read pictures or files and have not downloaded this one; I only look at what you wrote with it.",
    },
    "unknown-link": {
        "zh": "你点的链接对应的内容现在没有了，先从这里开始吧。",
        "en": "What that link led to is no longer here. Let us begin from here.",
    },
    "not-delivered": {
        "zh": "我上一条消息可能没有发到你那里。你现在在这一步：",
        "en": "My last message may not have reached you. This is where you are:",
    },
    "slow-down": {
        "zh": "你发得太快了，我先歇几秒。等一下再把问题发一遍，一条说清楚就好。",
        "en": "That was a lot at once. Please wait a few seconds, then send your question again in one message.",
    },
    "apology": {
        "zh": "抱歉，我这边出了点问题，这条没处理好，已经记下来请人检查。你可以换个说法再发一次。",
        "en": "I am sorry, something went wrong on my side and your message was not dealt with. The people who run me have been "
        "told. Please try once more.",
    },
    "in-private": {"zh": "私聊里继续问", "en": "Go on in private"},
    "group-help": {
        "zh": "我是医师电子化注册助手。在群里@我，或者回复我的消息，就可以问注册的事；一步步带着办、记进度，请到私聊里。"
        "群里大家都看得到，请不要发个人信息。",
        "en": "I answer questions about doctors' electronic registration. Mention me or reply to one of my messages to ask; "
        "for guidance step by step, write to me in private. Everybody here can read along, so please send nothing personal.",
    },
    "bot-name": {"zh": "医师电子化注册助手", "en": "Doctors' registration assistant"},
    "bot-short": {
        "zh": "医师资格考试通过后怎么注册：问答、一步步带办、记住办到哪儿。中英文都行。",
        "en": "Registering after China's medical licensing exam: answers and step-by-step guidance.",
    },
    "bot-about": {
        "zh": "通过了医师资格考试，接下来要做医师电子化注册？直接用一句话问我，错几个字也没关系。我也可以一步步带你办：激活账号、"
        "提交申请、准备材料、算清楚自己的日子，并且记得你办到哪儿了。\n\n请不要发身份证号、手机号、密码或验证码，我用不着。",
        "en": "You have passed China's medical licensing exam and now have to register electronically? Ask me in your own words; a few "
        "typing errors do not matter. I can also lead you step by step through activation, the application, the papers and "
        "your own dates, and I remember where you are.\n\nPlease never send an ID number, a phone number, a password or a code.",
    },
    "menu-guides": {"zh": "一步步带我办", "en": "Lead me step by step"},
    "menu-progress": {"zh": "看我办到哪儿了", "en": "Where I am"},
    "menu-calendar": {"zh": "把日子存进手机日历", "en": "My dates for my calendar"},
    "menu-remind": {"zh": "到时候提醒我", "en": "Remind me in time"},
    "menu-topics": {"zh": "按分类看问题", "en": "All questions by group"},
    "menu-back": {"zh": "回到上一步", "en": "One step back"},
    "menu-cancel": {"zh": "先放着", "en": "Pause the guide"},
    "menu-restart": {"zh": "从头再办一遍", "en": "Begin the guide again"},
    "menu-language": {"zh": "切换语言", "en": "Change the language"},
    "menu-privacy": {"zh": "我会记下什么", "en": "What I keep"},
    "menu-export": {"zh": "导出我的数据", "en": "What I keep about you, as a file"},
    "menu-forget": {"zh": "删除我的数据", "en": "Delete what I keep"},
    "menu-help": {"zh": "使用说明", "en": "How to use me"},
}

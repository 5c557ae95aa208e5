"""What the assistant says to those who run it, in their chat with it."""

from collections.abc import Mapping
from typing import Final

from faq.text import Language

OPERATOR_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "op-none": {
        "zh": "现在没有等着处理的问题。",
        "en": "No question is waiting to be dealt with.",
    },
    "op-count": {
        "zh": "有 {groups} 类问题没有答上来，先看最近的 {shown} 类。选它归到哪一条，或者不管它；你的决定会记下来，由整理答案的人写进去。",
        "en": "{groups} groups of questions are unanswered; here are the latest {shown}. Choose where one belongs, or leave it aside. "
        "Your decision is noted, and the curator writes it into the answers.",
    },
    "op-question": {
        "zh": "“{text}”",
        "en": '"{text}"',
    },
    "op-asked": {
        "zh": "问过 {times} 次，{people} 人，最近一次是 {date}。",
        "en": "Asked {times} times by {people} people, last on {date}.",
    },
    "op-waiting": {
        "zh": "有 {people} 人在等答案。",
        "en": "{people} of them want to hear the answer.",
    },
    "op-dismiss": {"zh": "不管它", "en": "Leave it aside"},
    "op-left": {"zh": "还有 {groups} 类。", "en": "{groups} more in the list."},
    "op-more": {"zh": "再看几类", "en": "More"},
    "op-undo": {"zh": "收回这个决定", "en": "Take that back"},
    "op-assigned": {
        "zh": "记下了，归到“{question}”。整理的人运行 regbot unanswered apply 就会写进去。",
        "en": 'Noted: it belongs to "{question}". The curator writes it in with regbot unanswered apply.',
    },
    "op-dismissed": {"zh": "记下了，这个问题不再列出来。", "en": "Noted: this question is not listed any more."},
    "op-undone": {
        "zh": "好的，收回了，这个问题又在列表里了。",
        "en": "All right, taken back; the question is in the list again.",
    },
    "op-gone": {
        "zh": "这个问题已经处理过了，或者已经到期删除。发送 /unanswered 看现在的列表。",
        "en": "This question has been dealt with, or was deleted in time. /unanswered shows the present list.",
    },
    "op-no-entry": {
        "zh": "这条问答已经不在了，什么也没有记。发送 /unanswered 看现在的列表。",
        "en": "That entry does not exist any more, so nothing was noted. /unanswered shows the present list.",
    },
    "op-reloaded": {
        "zh": "新内容已经生效：{entries} 条问答，{flows} 个流程。",
        "en": "The new content is in force: {entries} entries, {flows} guides.",
    },
    "op-warnings": {"zh": "有 {count} 处提醒：", "en": "Warnings ({count}):"},
    "op-not-reloaded": {
        "zh": "新内容有问题，没有换上，原来的继续用：",
        "en": "The new content has problems and was not taken; the one before stays in force:",
    },
    "op-and-more": {
        "zh": "……还有 {count} 处，运行 regbot check 可以看到全部。",
        "en": "... and {count} more; regbot check lists them all.",
    },
    "menu-unanswered": {"zh": "没答上来的问题（管理员）", "en": "Unanswered questions (operators)"},
    "menu-status": {"zh": "运行情况（管理员）", "en": "How things stand (operators)"},
    "menu-reload": {"zh": "重新读取内容（管理员）", "en": "Read the content anew (operators)"},
}

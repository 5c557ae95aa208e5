"""A small library of flows as YAML files, with every kind of step; and functions that read such files."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from bot.content import Problems
from bot.flow_files import load_library
from flows.definition import Flow, Library

FLOWS: Mapping[str, str] = {
    "words.yaml": dedent("""\
        next: {zh: [下一步, 好了, 继续], en: [next, done, go on]}
        "yes": {zh: [是, 是的, 对], en: ["yes", yep]}
        "no": {zh: [不是, 没有], en: ["no", nope]}
        have: {zh: [收到了, 有了], en: [got it]}
        wait: {zh: [还在等, 没收到], en: [still waiting, not yet]}
        all: {zh: [都齐了, 全部], en: [everything, all of it]}
        back: {zh: [上一步, 返回], en: [back]}
        leave: {zh: [先放着, 退出], en: [pause, leave]}
        restart: {zh: [重新开始], en: [start over]}
        guides: {zh: [开始, 带我办], en: [start, guide me]}
        progress: {zh: [进度], en: [progress]}
        missing: {zh: [还差什么], en: [what is missing]}
        unsure: {zh: [不知道], en: [no idea]}
        resume: {zh: [接着办], en: [resume]}
        """),
    "questions.yaml": dedent("""\
        - id: role
          kind: choice
          short: true
          zh: {title: 你的身份, body: [你考过的是哪一个？]}
          en: {title: Your role, body: [Which one are you?]}
          choices:
            - {id: physician, zh: 执业医师, en: Physician, words: {zh: [医师], en: [doctor]}}
            - {id: assistant, zh: 助理医师, en: Assistant, words: {zh: [助理], en: [assistant doctor]}}
        - id: obtained
          kind: date
          zh: {title: 取得时间, body: [哪年哪月拿到的？]}
          en: {title: Date of pass, body: [When did you pass?]}
          choices:
            - {id: unknown, zh: 不清楚, en: I do not know, remember: false}
        """),
    "letters.yaml": dedent("""\
        id: letters
        order: 1
        reviewed: 2026-11-01
        sources: [{document: notice, part: Item 1}]
        zh: {title: 等一封信, summary: 要来一封信。}
        en: {title: Wait for a letter, summary: Get a letter.}
        words: {zh: [要信], en: [get a letter]}
        steps:
          - id: ask
            kind: information
            see: [photo]
            zh: {title: 去要, body: [请单位寄信。, {note: 留个底。}]}
            en: {title: Ask for it, body: [Ask for the letter., {note: Keep a copy.}]}
            choices:
              - {id: asked, says: next, zh: 要了, en: I asked, next: role}
              - {id: refused, zh: 单位不肯, en: They refuse, words: {zh: [不给办], en: [they said so]}, next: trouble}
          - id: trouble
            kind: information
            side: true
            zh: {title: 单位不肯, body: [找卫健委。]}
            en: {title: They refuse, body: [Turn to the commission.]}
            choices:
              - {id: again, says: next, zh: 再去要, en: Ask again, next: ask}
              - {id: give-up, zh: 不办了, en: Give up, next: given-up}
          - id: role
            question: role
            next: wait
          - id: wait
            kind: waiting
            zh: {title: 等信, body: [等单位。, {when: {role: assistant}, text: 助理等区县。}], again: 好，不急。}
            en: {title: Wait for it, body: [Wait., {when: {role: assistant}, text: Assistants wait for the county.}], again: No hurry.}
            choices:
              - {id: here, says: have, zh: 信到了, en: It is here, next: papers}
              - {id: waiting, says: wait, zh: 还没到, en: Not here yet, next: wait}
              - {id: lost, zh: 信丢了, en: It is lost, flow: dates, next: ask}
          - id: papers
            kind: checklist
            items:
              - {id: letter, zh: 信的原件, en: The letter, words: {zh: [原件], en: [letter]}}
              - {id: copy, zh: 复印件, en: A copy}
              - {id: photo, zh: 照片, en: A photo}
            zh: {title: 带材料, body: [带上这些。]}
            en: {title: Bring papers, body: [Bring these.]}
            choices:
              - {id: complete, needs: all, zh: 齐了，交上去, en: Hand them in, next: finished}
              - {id: anyway, zh: 没齐也先看, en: Go on anyway, next: finished}
          - id: finished
            kind: information
            end: done
            offers: [dates]
            zh: {title: 办完了, body: ["{role}的信办完了。"]}
            en: {title: All done, body: ["The letter of the {role} is done."]}
          - id: given-up
            kind: information
            end: stopped
            zh: {title: 不办了, body: [想办再来。]}
            en: {title: Given up, body: [Come back any time.]}
        """),
    "dates.yaml": dedent("""\
        id: dates
        order: 2
        optional: true
        reviewed: 2026-11-01
        sources: [{document: notice, part: Item 3}]
        zh: {title: 我的日期, summary: 算一算日期。}
        en: {title: My dates, summary: Work out your dates.}
        steps:
          - id: obtained
            question: obtained
            next: {typed: registered, unknown: look}
          - id: look
            kind: information
            side: true
            zh: {title: 找日期, body: [看证书。]}
            en: {title: Find the date, body: [Look at the certificate.]}
            choices: [{id: found, says: next, zh: 找到了, en: I found it, next: obtained}]
          - id: registered
            kind: choice
            zh: {title: 注册了没有, body: [注册了吗？]}
            en: {title: Registered already, body: [Are you registered?]}
            choices:
              - {id: "yes", says: "yes", zh: 注册了, en: I am, next: years}
              - {id: "no", says: "no", zh: 还没注册, en: I am not, next: years}
          - id: years
            kind: number
            least: 1
            most: 20
            next: result
            zh: {title: 要几年, body: [要执业几年？]}
            en: {title: How many years, body: [How many years?]}
            choices: [{id: unknown, zh: 不清楚, en: I do not know, next: result}]
          - id: result
            kind: result
            function: deadlines
            zh:
              title: 你的日期
              body:
                - "期限是{limit}。"
                - {when: {limit-state: [open, soon]}, text: "还剩{days-left}天。"}
                - {unless: {limit-state: [open, soon]}, text: 已经过了。}
            en:
              title: Your dates
              body:
                - "The limit is {limit}."
                - {when: {limit-state: [open, soon]}, text: "{days-left|day} left."}
                - {unless: {limit-state: [open, soon]}, text: It has passed.}
            choices: [{id: thanks, says: next, zh: 知道了, en: All right, next: done}]
          - id: done
            kind: information
            end: done
            zh: {title: 说完了, body: [记下来。]}
            en: {title: That is all, body: [Write it down.]}
        """),
}
"""A small library, one text a file; tests replace pieces of it. The entries are those of the small corpus."""


def write_flows(folder: Path, files: Mapping[str, str] = FLOWS) -> Path:
    """Write texts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read_flows(folder: Path) -> Library:
    """Return the library in a folder, which must have no problems."""
    problems = Problems()
    library = load_library(folder, problems)
    assert problems.found == []
    return library


def flow_of(library: Library, flow_id: str) -> Flow:
    """Return a flow that must exist."""
    flow = library.flow(flow_id)
    assert flow is not None
    return flow

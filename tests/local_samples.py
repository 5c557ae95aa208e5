"""Local content for the small corpus, each part once, and flows that ask for the province."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from tests.flow_edits import beside
from tests.flow_samples import FLOWS

COPIES, NOTE, WINDOWS, GROUPS, NAME = (
    "entries/papers/copies.yaml",
    "changes/photo-note.yaml",
    "windows.yaml",
    "groups.yaml",
    "local.yaml",
)
WORDS, SCHOOL = "lexicon.yaml", "out-of-scope/school.yaml"

LOCAL: Mapping[str, str] = {
    NAME: "name: {zh: 县卫生局, en: County bureau}\n",
    GROUPS: "- {id: bureau, zh: 本局, en: Our bureau}\n",
    WORDS: "concepts:\n  photo: {zh: [免冠照]}\nfiller: {zh: [麻烦]}\n",
    COPIES: dedent("""\
        id: copies
        related: [photo]
        reviewed: 2026-11-01
        zh:
          question: 复印件要带原件吗？
          summary: 要带。
          answer: [请把原件一起带来。]
          phrasings: [复印件和原件都要吗, 只带复印件可以吗, 原件会不会收走, 要不要核对原件, 交复印件行不行]
        en:
          question: Do I bring the originals of my copies?
          summary: Yes.
          answer: [Please bring the originals as well.]
          phrasings: [are copies enough, originals or copies, will you keep my originals, do you compare the originals, is a copy accepted]
        """),
    "entries/bureau/parking.yaml": dedent("""\
        id: parking
        valid-until: 2026-12-31
        provinces: [hebei]
        reviewed: 2026-11-01
        zh:
          question: 局里能停车吗？
          summary: 能。
          answer: [院子里可以停车。]
          phrasings: [停车场在哪, 开车来停哪里, 有没有车位, 院里让不让停车, 停车收费吗]
        en:
          question: Can I park at the bureau?
          summary: Yes.
          answer: [You can park in the yard.]
          phrasings: [where is the car park, is there parking, where do I leave my car, parking fees, can visitors park]
        """),
    SCHOOL: dedent("""\
        - id: school-canteen
          zh: {title: 食堂, pointer: 食堂的事请问后勤。, phrasings: [食堂几点开饭, 饭卡在哪充值]}
          en: {title: canteen, pointer: Please ask the canteen itself., phrasings: [when does the canteen open]}
        """),
    NOTE: dedent("""\
        entry: photo
        provinces: [sichuan]
        valid-from: 2026-12-01
        valid-until: 2027-01-31
        reviewed: 2026-11-20
        zh: {note: 四川要三张。, phrasings: [成都要几张免冠照]}
        en: {note: Sichuan asks for three., phrasings: [how many pictures in Chengdu]}
        """),
    "changes/photo-answer.yaml": dedent("""\
        entry: photo
        reviewed: 2026-11-20
        zh:
          answer: [照片改成网上交。, {steps: [拍照, 上传]}]
          local: 问县卫生局。
        en:
          answer: [Hand in photos online., {steps: [Take it, Upload it]}]
          local: Ask the county bureau.
        """),
    WINDOWS: dedent("""\
        - {reviewed: 2026-11-20, zh: 窗口在一楼。, en: The window is on the first floor.}
        - provinces: [sichuan, hebei]
          valid-until: 2027-06-30
          reviewed: 2026-11-20
          zh: 窗口电话028-00000000。
          en: The window's telephone is 028-00000000.
        """),
}

_PROVINCE = dedent("""\
    - id: province
      kind: choice
      short: true
      zh: {title: 所在省份, body: [你在哪个省？]}
      en: {title: Your province, body: [Which province?]}
      choices:
        - {id: sichuan, zh: 四川, en: Sichuan}
        - {id: hebei, zh: 河北, en: Hebei}
        - {id: inner-mongolia, zh: 内蒙古, en: Inner Mongolia}
        - {id: unsaid, zh: 先不说, en: Rather not say}
    """)


def flows_with_provinces(content: Path) -> Path:
    """Write flows beside a folder with the small corpus that ask for the province, and return their folder."""
    flows = beside(content)
    (flows / "questions.yaml").write_text(FLOWS["questions.yaml"] + _PROVINCE, encoding="utf-8")
    return flows

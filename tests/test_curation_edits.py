"""Writing a file of the content: whole or not at all, with its rights, and never over somebody else's change."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.curation.edits import Edit, edit_for, write
from bot.errors import ContentError
from bot.sources import Sources
from tests.conftest import write_files

TODAY = date(2026, 11, 26)


@pytest.fixture(name="edit_of")
def _edit_of(folder: Path) -> Edit:
    """Return a change of an entry's file."""
    sources = Sources(entries=folder)
    return edit_for(sources, sources.matcher().corpus, "form", "zh", "表在哪", TODAY)


def test_the_file_is_replaced_with_its_rights(folder: Path, edit_of: Edit) -> None:
    """What may be done with the file stays, and nothing lies beside it afterwards."""
    edit_of.path.chmod(0o640)
    before = sorted(folder.rglob("*"))

    write(edit_of)

    assert edit_of.path.read_bytes() == edit_of.after
    assert edit_of.path.stat().st_mode & 0o777 == 0o640
    assert sorted(folder.rglob("*")) == before


def test_a_link_stays_a_link(folder: Path, edit_of: Edit) -> None:
    """Where the file lies elsewhere, it is written there."""
    elsewhere = edit_of.path.rename(folder.parent / "elsewhere.yaml")
    edit_of.path.symlink_to(elsewhere)

    write(edit_of)

    assert edit_of.path.is_symlink()
    assert elsewhere.read_bytes() == edit_of.after


@pytest.mark.parametrize("gone", [False, True], ids=["changed", "gone"])
def test_a_change_meanwhile_is_not_written_over(edit_of: Edit, *, gone: bool) -> None:
    """Somebody else's change stays, and it is said that there was one."""
    if gone:
        edit_of.path.unlink()
    else:
        edit_of.path.write_text("theirs", encoding="utf-8")

    with pytest.raises(ContentError) as caught:
        write(edit_of)

    assert str(caught.value) == "content/papers/form.yaml was changed meanwhile, so nothing was written; try again"
    assert gone or edit_of.path.read_text(encoding="utf-8") == "theirs"


def test_a_new_file_is_made_with_its_folder(tmp_path: Path) -> None:
    """A file that was not there is made; one that has appeared meanwhile is not written over."""
    edit = Edit(tmp_path, Path("changes", "form.yaml"), None, b"new")

    write(edit)

    assert edit.path.read_bytes() == b"new"
    with pytest.raises(ContentError, match="was changed meanwhile"):
        write(replace(edit, after=b"newer"))


def test_what_cannot_be_read_is_named(folder: Path, edit_of: Edit) -> None:
    """A file that has gone, is no text or is written unusually is named with what is wrong."""
    sources = Sources(entries=folder)
    corpus = sources.matcher().corpus

    def message() -> str:
        with pytest.raises(ContentError) as caught:
            edit_for(sources, corpus, "form", "zh", "表在哪", TODAY)
        return str(caught.value)

    edit_of.path.write_bytes(b"\xff")
    assert message() == "content/papers/form.yaml: is not UTF-8 (byte 0)"
    edit_of.path.write_bytes(b"zh: [")
    assert message() == "content/papers/form.yaml: is not valid YAML"
    edit_of.path.unlink()
    assert message() == "content/papers/form.yaml is not there any more"
    edit_of.path.mkdir()
    assert message() == "content/papers/form.yaml cannot be read: Is a directory"


# Local content


@pytest.fixture(name="local")
def _local(folder: Path) -> Sources:
    """Return the small content with a folder of local content that changes nothing yet."""
    write_files(folder.parent / "ours", {"local.yaml": "name: {zh: 甲, en: A}\n"})
    return Sources(entries=folder, local=folder.parent / "ours")


def test_local_content_gets_the_phrasing(folder: Path, local: Sources) -> None:
    """With local content the project's own files stay as they are: the phrasing goes into a change, made if need be."""
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    for phrasing, language in (("表在哪拿呀", "zh"), ("表在哪领呀", "zh"), ("where is that sheet", "en")):
        corpus = local.matcher().corpus
        write(edit_for(local, corpus, "form", "en" if language == "en" else "zh", phrasing, TODAY))

        assert local.matcher().match(phrasing).answers == ("form",)

    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before
    assert (folder.parent / "ours/changes/form.yaml").read_text(encoding="utf-8") == (
        "entry: form\nreviewed: 2026-11-26\nzh:\n  phrasings:\n    - 表在哪拿呀\n    - 表在哪领呀\n"
        "en:\n  phrasings:\n    - where is that sheet\n"
    )


def test_an_entry_of_ones_own_gets_it_itself(folder: Path, local: Sources) -> None:
    """An entry that stands in the local content has its own list."""
    assert local.local is not None
    own = local.local / "entries/papers/stamp.yaml"
    own.parent.mkdir(parents=True)
    text = (folder / "papers/form.yaml").read_text(encoding="utf-8").replace("id: form", "id: stamp", 1)
    for old, new in (("申请表", "印章"), ("表格", "图章"), ("登记表", "公章"), ("纸质表", "钢印"), ("填写单", "签章")):
        text = text.replace(old, new)
    for old in ("the form", "the application sheet", "the paperwork", "a questionnaire", "sheets to fill"):
        text = text.replace(old, f"{old} stamp")
    own.write_text(text, encoding="utf-8")

    edit = edit_for(local, local.matcher().corpus, "stamp", "zh", "章盖哪", TODAY)

    assert edit.path == own
    assert edit.after.decode() == text.replace("谁来办签章]", "谁来办签章, 章盖哪]")


def test_a_change_of_another_entry_is_refused(local: Sources) -> None:
    """A file of that name that changes another entry is left alone."""
    assert local.local is not None
    path = local.local / "changes/form.yaml"
    path.parent.mkdir()
    path.write_text("entry: photo\nreviewed: 2026-11-01\nzh: {note: x}\nen: {note: y}\n", encoding="utf-8")

    with pytest.raises(ContentError) as caught:
        edit_for(local, local.matcher().corpus, "form", "zh", "表在哪", TODAY)

    assert str(caught.value) == 'ours/changes/form.yaml: is not about the entry "form"'

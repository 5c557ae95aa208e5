"""The gates as a mapping: complete, exact, and the same again when read back."""

import json
from dataclasses import asdict, fields
from pathlib import Path

import pytest

import faq
from faq.gates import Gates, gates_from, gates_to
from faq.text import LANGUAGES
from tests.faq_samples import both, gates

NAMES = sorted(field.name for field in fields(Gates))


def data() -> dict[str, dict[str, float]]:
    """Return what a complete file holds."""
    return gates_to(both())


def test_gates_survive_the_file():
    """What is written is read again as the same gates."""
    found = both(linear=12.5, answer=0.25)

    assert gates_from(json.loads(json.dumps(gates_to(found)))) == found


def test_gates_are_written_with_four_digits():
    """The file keeps four digits after the point."""
    assert gates_to({"zh": gates(linear=1.23456789)})["zh"]["linear"] == 1.2346


def test_whole_numbers_are_read_as_floats():
    """A whole number in the file is a number like any other."""
    found = gates_from({language: dict.fromkeys(NAMES, 1) for language in LANGUAGES})

    assert all(isinstance(value, float) for value in asdict(found["zh"]).values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda values: values.pop("linear"), id="missing-value"),
        pytest.param(lambda values: values.update(color=1.0), id="unknown-value"),
        pytest.param(lambda values: values.clear(), id="no-values"),
    ],
)
def test_incomplete_gates_are_refused(language, change):
    """A missing or unknown value is named with its language."""
    broken = data()
    change(broken[language])

    with pytest.raises(ValueError) as raised:
        gates_from(broken)
    assert str(raised.value) == f'the gates of "{language}" need exactly {", ".join(NAMES)}'


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_language_is_refused(language):
    """Every language needs its gates."""
    broken = data()
    del broken[language]

    with pytest.raises(ValueError, match=f'the gates of "{language}" need exactly'):
        gates_from(broken)


def test_an_unknown_language_is_refused():
    """A language that the matcher does not know is refused, as the docstring says."""
    with pytest.raises(ValueError, match="fr"):
        gates_from({**data(), "fr": dict.fromkeys(NAMES, 1.0)})


def test_the_shipped_gates_are_read():
    """The file in the package has every value, with gates that are probabilities."""
    (folder,) = faq.__path__
    found = gates_from(json.loads((Path(folder) / "gates.json").read_text(encoding="utf-8")))

    assert set(found) == set(LANGUAGES)
    assert all(0 < gate.suggest < 1 and 0 < gate.answer <= 1 for gate in found.values())

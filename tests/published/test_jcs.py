"""Canonical JSON against the test vectors of RFC 8785."""

import json
from pathlib import Path

import pytest

from consumers.canonical_json import canonical

NAMES = ("arrays", "french", "structures", "unicode", "values", "weird")


@pytest.fixture
def vectors(shared: Path) -> Path:
    return shared / "data" / "jcs"


@pytest.mark.parametrize("name", NAMES)
def test_the_canonical_form_has_exactly_the_published_bytes(vectors: Path, name: str) -> None:
    written = canonical(json.loads((vectors / "input" / f"{name}.json").read_bytes()))
    assert written == (vectors / "output" / f"{name}.json").read_bytes()
    assert written == bytes.fromhex((vectors / "outhex" / f"{name}.txt").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_writing_it_twice_changes_nothing(vectors: Path, name: str) -> None:
    once = canonical(json.loads((vectors / "input" / f"{name}.json").read_bytes()))
    assert canonical(json.loads(once)) == once


def test_every_published_vector_is_run(vectors: Path) -> None:
    assert {path.stem for path in (vectors / "input").glob("*.json")} == set(NAMES)

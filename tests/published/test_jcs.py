"""Canonical JSON against the test vectors of RFC 8785."""

import json
import os
from pathlib import Path

import pytest

from consumers.canonical_json import canonical

FOLDER = Path(os.environ.get("TAKT_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "jcs"
NAMES = ("arrays", "french", "structures", "unicode", "values", "weird")

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the published test vectors of RFC 8785 are not here"
)


@pytest.mark.parametrize("name", NAMES)
def test_the_canonical_form_has_exactly_the_published_bytes(name: str) -> None:
    written = canonical(json.loads((FOLDER / "input" / f"{name}.json").read_bytes()))
    assert written == (FOLDER / "output" / f"{name}.json").read_bytes()
    assert written == bytes.fromhex((FOLDER / "outhex" / f"{name}.txt").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_writing_it_twice_changes_nothing(name: str) -> None:
    once = canonical(json.loads((FOLDER / "input" / f"{name}.json").read_bytes()))
    assert canonical(json.loads(once)) == once


def test_every_published_vector_is_run() -> None:
    assert {path.stem for path in (FOLDER / "input").glob("*.json")} == set(NAMES)

"""Hold every module to the few rules of form that a reader relies on."""

import ast
from typing import Final

from tests.architecture.trees import ROOT, sources

NAMES_THAT_SAY_NOTHING: Final = {"utils", "helpers", "common", "base", "misc"}


def test_every_module_says_in_one_sentence_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if not (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    nameless = [
        str(path.relative_to(ROOT)) for path in sources() if path.stem in NAMES_THAT_SAY_NOTHING
    ]
    assert nameless == []

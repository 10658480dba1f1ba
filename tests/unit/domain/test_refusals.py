"""Hold the tree of refusals to codes that are unique, and to a test for each that reaches it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from domain.kernel.refusals import DomainError, Rejected, UnknownSubject

HERE = Path(__file__).parent


def leaves(of: type[DomainError]) -> Iterator[type[DomainError]]:
    for below in of.__subclasses__():
        if below.__module__ == Rejected.__module__:
            yield from leaves(below)
            if "code" in vars(below):
                yield below


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [refusal.code for refusal in leaves(DomainError)]
    assert len(codes) > 30
    assert len(codes) == len(set(codes))


def test_every_refusal_of_a_decision_is_expected_by_a_test() -> None:
    """A name read in a test file here is one that `then_refused` compares with `is`."""
    read = {
        node.id
        for path in HERE.glob("test_*.py")
        if path.name != Path(__file__).name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name)
    }
    wanted = {refusal.__name__ for refusal in leaves(Rejected)} | {UnknownSubject.__name__}
    assert len(wanted) > 30
    assert wanted - read == set()

"""Write the catalogue block of domain/README.md: `python -m tests.docs.catalogue`.

The block says what the code says: every event, request, refusal and contradiction by its code.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final, get_args

from domain.commitments.facts import ContradictionCode as DeliveryCode
from domain.contracts.facts import ContradictionCode as PaperCode
from domain.items.facts import ContradictionCode as StockCode
from domain.kernel.messages import Command, DomainEvent
from domain.kernel.refusals import DomainError
from domain.log.catalogue import AGGREGATES, catalogue
from domain.phases.actuals import ContradictionCode as ExecutionCode
from domain.reports.facts import ContradictionCode as ReportCode

README: Final = Path(__file__).parents[2] / "domain" / "README.md"
BEGIN: Final = "<!-- catalogue: written by `python -m tests.docs.catalogue` -->"
END: Final = "<!-- end of the catalogue -->"


def block() -> str:
    """Return the catalogue as Markdown, markers included."""
    return "\n".join(
        [
            BEGIN,
            "",
            "### Events",
            "",
            *_table(("event", "mark, class", "says", "fields"), _events()),
            "",
            "### Requests",
            "",
            *_table(("request", "asks", "for", "reason"), _commands()),
            "",
            "### Refusals",
            "",
            ", ".join(f"`{code}`" for code in sorted(_refusals(DomainError))),
            "",
            "### Contradictions",
            "",
            ", ".join(
                f"`{code}`"
                for codes in (ExecutionCode, DeliveryCode, StockCode, PaperCode, ReportCode)
                for code in get_args(codes)
            ),
            "",
            END,
        ]
    )


def with_block(text: str) -> str:
    """Return the document with its catalogue as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    assert found, "the document has no catalogue block"
    return before + block() + after


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _events() -> Iterator[tuple[str, ...]]:
    for name, model in sorted(catalogue().models.items()):
        marks = {"fact": "F", "request": "R", "both": "F/R"}
        yield (
            f"`{name}`",
            f"{marks[model.mark]} {model.message_class}",
            _says(model),
            _fields(model),
        )


def _commands() -> Iterator[tuple[str, ...]]:
    for command in sorted(commands(), key=lambda known: known.command_name):
        yield (
            f"`{command.command_name}`",
            _says(command),
            ", ".join(sorted(command.roles)),
            "needed" if command.needs_reason else "",
        )


def commands() -> Iterator[type[Command]]:
    """Yield every request of every aggregate."""
    for aggregate in AGGREGATES:
        yield from import_module(f"domain.{aggregate}.commands").COMMANDS


def _refusals(of: type[DomainError]) -> Iterator[str]:
    for below in of.__subclasses__():
        if below.__module__ == DomainError.__module__:
            if "code" in vars(below):
                yield below.code
            yield from _refusals(below)


def _says(model: type[DomainEvent | Command]) -> str:
    assert model.__doc__, model
    return " ".join(model.__doc__.split("\n\n")[0].split())


def _fields(model: type[DomainEvent]) -> str:
    return ", ".join(
        name if field.is_required() else f"{name}?" for name, field in model.model_fields.items()
    )


if __name__ == "__main__":
    README.write_text(with_block(README.read_text(encoding="utf-8")), encoding="utf-8")

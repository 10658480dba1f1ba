"""Hold every verb to the same terminal manners: output, errors, exit codes, common options."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

if TYPE_CHECKING:
    from consumers.bootstrap import System

EXIT_NO: Final = 1
EXIT_WRONG: Final = 2
EXIT_UNREACHABLE: Final = 3
EXIT_INTERRUPTED: Final = 130

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="A position of the log, or a time such as 2026-03-02T08:00:00Z."),
]
TrueAt = Annotated[
    str | None,
    typer.Option(
        "--true-at",
        help="What was true at this time, late reports included; with --as-of, as known then.",
    ),
]
OnBranch = Annotated[
    str | None, typer.Option("--branch", help="Of this branch: as if it was asked for.")
]

ActingFor = Annotated[
    str | None, typer.Option("--acting-for", help="The party whose delegate asks, in its role.")
]


def fail(message: str, code: int) -> NoReturn:
    """End with one line on stderr."""
    typer.echo(f"takt: {message}", err=True)
    raise typer.Exit(code)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what can be expected to go wrong into a sentence and an exit code."""
    from consumers.failures import explained  # noqa: PLC0415

    try:
        yield
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        told = explained(error)
        if told is None:
            raise
        fail(told.sentence, told.exit_code)


@contextmanager
def opened() -> Iterator["System"]:
    """Open the system of this environment for one verb, and close it again."""
    from consumers.bootstrap import build  # noqa: PLC0415
    from consumers.observability import set_up_logging  # noqa: PLC0415
    from consumers.settings import read_settings  # noqa: PLC0415

    with clear_errors():
        settings = read_settings()
        set_up_logging(settings.model_copy(update={"log_level": "WARNING"}))
        system = build(settings)
        try:
            yield system
        finally:
            system.close()


def show(document: Any, *, as_json: bool, text: Callable[[Any], str]) -> None:  # noqa: ANN401
    """Print the document for a program or for a person."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else text(document))

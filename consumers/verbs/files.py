"""Hold every verb that writes a file to the same manners: its kinds, and what they need."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from consumers.verbs.terminal import EXIT_WRONG, fail

Form: TypeAlias = Callable[[Mapping[str, Any]], bytes]
"""What makes a file's bytes of a document."""
Forms: TypeAlias = Mapping[str, Callable[[], Form]]
"""What makes each kind of file, by the ending of its name; imported only when it is asked for."""
EXTRA: Final = {
    "docx": "python-docx", "icalendar": "icalendar", "openpyxl": "openpyxl",
    "pptx": "python-pptx", "xlsxwriter": "XlsxWriter",
}  # fmt: skip
"""What the extra `office` installs: the package by the name it is imported by."""


def form_of(to: Path, forms: Forms) -> Form:
    """Return what makes a file of this name; end where there is nothing that does."""
    if to.suffix not in forms:
        fail(f"--to ends in {', '.join(forms)}, not {to.suffix or 'nothing'}", EXIT_WRONG)
    with needs(to.suffix):
        return forms[to.suffix]()


@contextmanager
def needs(kind: str) -> Iterator[None]:
    """End with what to install where a kind of file, such as `.xlsx`, needs what is not there."""
    try:
        yield
    except ModuleNotFoundError as lacking:
        if lacking.name not in EXTRA:
            raise
        fail(f"{kind} needs {EXTRA[lacking.name]}: install takt[office]", EXIT_WRONG)

"""Hold every verb that writes a file to the same manners."""

from pathlib import Path

from consumers.file_forms import Form, Forms, Lacking, made
from consumers.verbs.terminal import EXIT_WRONG, fail


def form_of(to: Path, forms: Forms) -> Form:
    """Return what makes a file of this name; end where there is nothing that does."""
    if to.suffix not in forms:
        fail(f"--to ends in {', '.join(forms)}, not {to.suffix or 'nothing'}", EXIT_WRONG)
    try:
        return made(to.suffix, forms)
    except Lacking as lacking:
        fail(str(lacking), EXIT_WRONG)

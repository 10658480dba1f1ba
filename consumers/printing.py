"""Print a page to PDF with the Chromium of this machine: what is printed is the page itself."""

import os
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from consumers.failures import WrongInput

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
PRINTED_S_MAX: Final = 120
SWITCHES: Final = (
    "--headless", "--disable-gpu", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--no-first-run", "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # A page is printed as it is, and reaches nobody.
)  # fmt: skip

_PRINTED_AT: Final = re.compile(rb"\(D:\d{14}\+00'00'\)")
_PROGRAM: Final = re.compile(rb"/Creator \((?:[^()\\]|\\.)*\)")


def browser() -> str | None:
    """Return the Chromium that is installed here; None where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def printed(page: str, at: datetime, program: str) -> bytes:
    """Return a page as PDF, dated `at`: the same Chromium prints the same bytes.

    Raises WrongInput where Chromium does not print it.
    """
    # Chromium refuses to run as root inside its sandbox; what it shows here is ours alone.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="takt-print-") as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        profile = f"--user-data-dir={Path(folder, 'profile')}"
        command = [program, *SWITCHES, *sandbox, profile, f"--print-to-pdf={target}"]
        try:
            done = subprocess.run(  # noqa: S603  The program was found on the path, by its name.
                [*command, source.as_uri()], capture_output=True, check=False, timeout=PRINTED_S_MAX
            )
        except subprocess.TimeoutExpired as slow:
            msg = f"{program} did not print the page in {PRINTED_S_MAX} seconds"
            raise WrongInput(msg) from slow
        if done.returncode or not target.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            msg = f"{program} did not print the page: {''.join(said) or done.returncode}"
            raise WrongInput(msg)
        return _dated(target.read_bytes(), at)


def _dated(pdf: bytes, at: datetime) -> bytes:
    """Return a PDF as if it was printed at a moment, and without what it was printed by.

    Both are written over by as many bytes, for a PDF names its parts by where they begin.
    """
    stamp = f"(D:{at.astimezone(UTC):%Y%m%d%H%M%S}+00'00')".encode()
    dated = _PRINTED_AT.sub(stamp, pdf)
    return _PROGRAM.sub(lambda found: b"/Creator (Takt)".ljust(len(found[0])), dated)

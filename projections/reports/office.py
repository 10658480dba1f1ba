"""Say what every office form of a report shares: words XML can hold, and bytes that stay."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from re import compile as pattern
from typing import Any, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from projections.reports.section import Cell, title_of

NOT_XML: Final = pattern("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What no XML 1.0 document may hold. Source: XML 1.0, 2.2, production Char."""
REPLACEMENT: Final = "\ufffd"
NOTHING: Final = "Nothing."
UNKNOWN: Final = "–"  # noqa: RUF001  A dash where nothing is known.
WRITTEN: Final = (1980, 1, 1, 0, 0, 0)
"""When every part of a package says it was written: the first moment a zip archive knows."""


class Heading(NamedTuple):
    """What stands above every form of a report."""

    title: str
    about: str
    digest: str
    at: datetime
    """When the newest event the report knows was recorded, UTC: its only moment, so that no
    property of the file tells when it was written."""


def heading(document: Mapping[str, Any]) -> Heading:
    """Return the heading of a report."""
    return Heading(
        words(title_of(document)),
        words(
            f"{document['project']}, for {document['audience']}. "
            f"As of position {document['position']}, {document['as_of']}."
        ),
        f"Digest {document['digest']}",
        datetime.fromisoformat(document["as_of"]).astimezone(UTC),
    )


def words(value: Cell) -> str:
    """Return a cell as words; what XML cannot hold is shown as a replacement character."""
    return UNKNOWN if value is None else NOT_XML.sub(REPLACEMENT, str(value))


def reason(section: Mapping[str, Any]) -> str:
    """Return why a section has nothing to tell."""
    return words(f"Not available: {section['reason']}")


def steady(package: bytes) -> bytes:
    """Return a package of parts with the clock taken out of it: the same parts, the same bytes.

    The libraries stamp every part with the moment it was written.
    """
    written = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(written, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(ZipInfo(part.filename, WRITTEN), old.read(part), ZIP_DEFLATED)
    return written.getvalue()

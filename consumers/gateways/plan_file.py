"""Read a plan from a file into the neutral form `takt.plan/1`, all of it or nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from consumers.gateways.mspdi import read_mspdi
from consumers.gateways.plan_checks import plan_of
from consumers.gateways.plan_form import FORMAT, PlanFile, PlanFileError, PlanLink
from consumers.strict_json import MIB, PLAN_FILE_LIMITS, parse
from domain.kernel.ids import derived_id

__all__ = ["PlanFile", "PlanFileError", "link_ids", "plan_of", "read_plan"]

FILE_BYTES_MAX: Final = 256 * MIB
_ID_CHARS: Final = 64


def read_plan(source: Path | bytes, project_id: str | None = None) -> PlanFile:
    """Read a plan from a file or its bytes: Microsoft Project's XML (MSPDI) or `takt.plan/1`.

    `project_id` replaces the id the file gives. Raises PlanFileError (or Malformed with its
    pointer, for JSON that is none), OSError when the file cannot be read.
    """
    raw = source if isinstance(source, bytes) else _bytes_of(source)
    if _looks_like_xml(source, raw):
        return read_mspdi(raw, project_id)
    document = parse(raw, PLAN_FILE_LIMITS)
    if not isinstance(document, dict):
        msg = f'a plan is a JSON object with "format": "{FORMAT}"'
        raise PlanFileError(msg, "malformed", "")
    if project_id is not None and isinstance(document.get("project"), dict):
        document = {**document, "project": {**document["project"], "id": project_id}}
    return plan_of(document)


def link_ids(links: Iterable[PlanLink], known: Iterable[str] = ()) -> list[str]:
    """Return an id for each link: its ends, and its type if it is not finish-to-start.

    No link gets the id of another, or one of those that are `known`.
    """
    taken = set(known)
    ids = []
    for link in links:
        each = f"{link.pred}-{link.succ}" + ("" if link.type == "FS" else f"-{link.type}")
        if each in taken or len(each) > _ID_CHARS:
            each = derived_id("link-", link.pred, link.succ, link.type)
        taken.add(each)
        ids.append(each)
    return ids


def _bytes_of(path: Path) -> bytes:
    if path.stat().st_size > FILE_BYTES_MAX:
        msg = f"the file is larger than {FILE_BYTES_MAX // MIB} MiB"
        raise PlanFileError(msg, "plan_too_large", "")
    return path.read_bytes()


def _looks_like_xml(source: Path | bytes, raw: bytes) -> bool:
    if isinstance(source, Path) and source.suffix.lower() in {".xml", ".json"}:
        return source.suffix.lower() == ".xml"
    return raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

"""Take a sheet of estimates in: hours by skill and money for each element of a phase's cost.

A row is what one skill takes, or what something costs; rows of one phase and element add up to one
estimate. A rate stands for the money where there is none: hours times rate.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, get_args

from consumers.asking import ask_now, asked
from consumers.canonical_json import canonical
from consumers.deciding import Request
from consumers.gateways.sheet_file import SheetCell, SheetRow, read_sheet
from consumers.previewing import preview
from consumers.requests import read_command
from domain.estimates.events import Element
from domain.kernel.refusals import Malformed
from domain.kernel.wording import minor_digits

if TYPE_CHECKING:
    from consumers.bootstrap import System

ESTIMATES_SOURCE: Final = "takt/estimates"
COLUMNS: Final = ("id", "element", "skill", "hours", "amount", "rate", "currency", "method")
"""What a sheet of estimates may say; `id` is the phase's, and only it is needed in every row."""
METHODS: Final = ("bottom_up", "analogous", "parametric")
ELEMENTS: Final[Sequence[str]] = get_args(Element)
HOUR_MIN: Final = 60

_NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,12}|,\d{1,2})?", re.ASCII)
_NEAR: Final = Decimal("0.000001")
"""So near a whole number is one: a workbook counts in floating point."""


@dataclass(slots=True)
class _Estimate:
    """What the rows of one phase and element say together."""

    phase: str
    element: str
    first_row: int
    method: str
    currency: str
    effort: dict[str, int] = field(default_factory=dict)
    minor: int = 0

    def request(self, project_id: str) -> Request:
        effort = [{"skill": each, "effort_min": minutes} for each, minutes in self.effort.items()]
        return Request(
            "estimate.submit.v1",
            canonical(
                {
                    "project_id": project_id,
                    "phase_id": self.phase,
                    "element": self.element,
                    "effort": effort,
                    "method": self.method,
                    "money": {"minor": self.minor, "currency": self.currency},
                }
            ),
        )


def import_estimates_file(
    system: "System",
    file: Path,
    project_id: str,
    *,
    dry_run: bool,
    acting_for: str | None = None,
) -> dict[str, Any]:
    """Have the estimates of a sheet decided as one, or say what would be; all or nothing.

    The report is plain JSON values; `outcome` is `planned`, `recorded`, `repeated`, `unchanged`,
    `wrong` (rows that cannot be taken) or `refused`. What was estimated alike before changes
    nothing. Raises OSError, and WrongInput for a file that is no sheet.
    """
    sheet = read_sheet(file)
    wrong: list[dict[str, Any]] = []
    found: dict[tuple[str, str], _Estimate] = {}
    for row in sheet.rows:
        try:
            _take(row, found)
        except _WrongCell as cell:
            wrong.append({"row": row.number, "column": cell.column, "text": cell.text})
    estimates = list(found.values())
    requests = [each.request(project_id) for each in estimates]
    for each, request in zip(estimates, requests, strict=True):
        try:
            read_command(request.name, request.body)
        except Malformed as refused:
            wrong.append({"row": each.first_row, "column": None, "text": str(refused)})
    own = [title for title in sheet.columns if title not in COLUMNS]
    report: dict[str, Any] = {
        "project": project_id,
        "rows": len(sheet.rows),
        "estimates": [_told(each) for each in estimates],
        "wrong": sorted(wrong, key=lambda each: each["row"]),
        "notes": [*sheet.notes, *([f"columns left alone: {', '.join(own)}"] if own else [])],
        "events": 0, "position": None, "code": None, "text": None, "row": None,
    }  # fmt: skip
    if wrong:
        return report | {"outcome": "wrong"}
    tried = preview(
        system.views, requests, ask_now(system, requests, ESTIMATES_SOURCE, acting_for=acting_for)
    )
    report |= {"events": len(tried["events"]), "code": tried["code"], "text": tried["text"]}
    if not tried["possible"]:
        return report | {"outcome": "refused", "row": estimates[tried["place"] - 1].first_row}
    if not tried["events"]:
        return report | {"outcome": "unchanged"}
    if dry_run:
        return report | {"outcome": "planned"}
    key = f"{sha256(file.read_bytes()).hexdigest()[:40]}:{tried['position']}"
    done = asked(system, requests, ESTIMATES_SOURCE, key, acting_for)
    return report | {
        "outcome": "repeated" if done["repeated"] else done["outcome"],
        "position": done["position"],
        "code": done["code"],
        "text": done["text"],
    }


def _take(row: SheetRow, found: dict[tuple[str, str], _Estimate]) -> None:
    """Add a row to the estimate it belongs to; raises _WrongCell."""
    said = _Row(row.cells)
    phase, element = said.needed("id"), said.one_of("element", ELEMENTS, "labour")
    method = said.one_of("method", METHODS, METHODS[0])
    currency = said.needed("currency").upper()
    minutes, minor = _minutes(said), _minor(said, currency)
    estimate = found.get((phase, element))
    if estimate is None:
        estimate = _Estimate(phase, element, row.number, method, currency)
    for name, one, other in (
        ("method", method, estimate.method),
        ("currency", currency, estimate.currency),
    ):
        if one != other:
            _refuse(name, f"{phase} {element} is by {other} on row {estimate.first_row}")
    skill = said.text("skill")
    if minutes is not None:
        if skill is None:
            _refuse("skill", "hours are of a skill: name it")
        estimate.effort[skill] = estimate.effort.get(skill, 0) + minutes
    elif skill is not None:
        _refuse("hours", f"say how many hours of {skill}")
    estimate.minor += minor
    found[phase, element] = estimate


class _WrongCell(Exception):
    """A cell that cannot be taken: its column, and what to do."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column
        self.text = text


def _refuse(column: str, text: str) -> NoReturn:
    raise _WrongCell(column, text)


class _Row:
    """The cells of a row, read as what they are to be."""

    def __init__(self, cells: Mapping[str, SheetCell]) -> None:
        self._cells = cells

    def text(self, name: str) -> str | None:
        cell = self._cells.get(name)
        return None if cell is None else str(cell)

    def needed(self, name: str) -> str:
        found = self.text(name)
        if found is None:
            _refuse(name, f"a row needs the column {name!r}")
        return found

    def one_of(self, name: str, known: Sequence[str], default: str) -> str:
        found = (self.text(name) or default).lower()
        if found not in known:
            _refuse(name, f"{found[:40]!r} is none of {', '.join(known)}")
        return found

    def number(self, name: str) -> Decimal | None:
        """Return a number that is not negative; with a comma it has one or two digits behind."""
        found = self.text(name)
        if found is None:
            return None
        if _NUMBER.fullmatch(found) is None:
            told = "write it as 1250 or 1250.50, without a sign, a currency or thousands"
            _refuse(name, f"{found[:40]!r} is no number: {told}")
        return Decimal(found.replace(",", "."))


def _minutes(said: _Row) -> int | None:
    hours = said.number("hours")
    if hours is None:
        return None
    return _whole("hours", hours * HOUR_MIN, f"{hours} hours are no whole minutes")


def _minor(said: _Row, currency: str) -> int:
    amount, rate, hours = said.number("amount"), said.number("rate"), said.number("hours")
    unit = Decimal(10) ** minor_digits(currency)
    if amount is not None:
        if rate is not None:
            _refuse("rate", "a row has an amount or a rate, not both")
        told = f"{amount} has more digits than {currency} has"
        return _whole("amount", amount * unit, told)
    if rate is None or hours is None:
        _refuse("amount", "a row needs an amount, or hours and their rate")
    # Source: hours times rate to the nearest minor unit, a half to the even one.
    return int((hours * rate * unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _whole(name: str, value: Decimal, otherwise: str) -> int:
    nearest = value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if abs(value - nearest) > _NEAR:
        _refuse(name, otherwise)
    return int(nearest)


def _told(estimate: _Estimate) -> dict[str, Any]:
    return {
        "row": estimate.first_row,
        "phase": estimate.phase,
        "element": estimate.element,
        "method": estimate.method,
        "effort_min": dict(estimate.effort),
        "minor": estimate.minor,
        "currency": estimate.currency,
    }

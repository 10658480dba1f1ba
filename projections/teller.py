"""Tell names, moments, durations and amounts the way sentences about events have them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

NameOf: TypeAlias = Callable[[str], str | None]
"""The name of a phase by its id; None where it has none."""

_HOUR_MIN: Final = 60
UNITS: Final[Mapping[str, str]] = {
    "C62": "units", "DAY": "d", "GRM": "g", "H87": "pcs", "HUR": "h", "KGM": "kg", "LTR": "l",
    "MMT": "mm", "MTK": "m²", "MTQ": "m³", "MTR": "m", "SET": "sets", "TNE": "t",
}  # fmt: skip
"""Units by their code. Source: UN/ECE Recommendation 20, common code and symbol."""


class Teller:
    """Tell events: phases by their names, moments in the project's zone, durations in hours."""

    __slots__ = ("_name_of", "_zone", "subject")

    def __init__(self, name_of: NameOf, zone: ZoneInfo, subject: str) -> None:
        self._name_of = name_of
        self._zone = zone
        self.subject: str = subject

    def phase(self, phase_id: str) -> str:
        """Return the phase's name in quotation marks."""
        return f"“{self._name_of(phase_id) or phase_id}”"

    @property
    def this_phase(self) -> str:
        """The name of the phase the event's stream is about."""
        return self.phase(self.subject)

    def moment(self, at: datetime) -> str:
        """Return day and time, to the minute."""
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


Sentence: TypeAlias = Callable[[Any, Teller], str]
"""What an event says, by whoever tells it."""


def hours(minutes: int) -> str:
    """Return working minutes as hours and minutes, e.g. `12 h 30 min`."""
    whole, rest = divmod(minutes, _HOUR_MIN)
    if not rest:
        return f"{whole} h"
    return f"{whole} h {rest} min" if whole else f"{rest} min"


def units(milli: int) -> str:
    """Return thousandths as units, without needless noughts."""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def at(location: str | None) -> str:
    return "" if location is None else f" at {location}"


def words(value: str) -> str:
    return value.replace("_", " ")


def spoken(type_name: str) -> str:
    """Return what an event says by its name, e.g. `data date advanced`."""
    parts = type_name.split(".")
    return words(parts[1] if len(parts) > 1 else type_name)


def quantity(qty: str, uom: str | None) -> str:
    """Return a quantity with its unit, where the unit is known, without needless noughts.

    Common codes of UN/ECE Recommendation 20 are told as people write them, e.g. `12 m`.
    """
    number = qty.rstrip("0").rstrip(".") if "." in qty else qty
    return number if uom is None else f"{number} {UNITS.get(uom, uom)}"


def listed(values: Sequence[str]) -> str:
    return ", ".join(values) or "nothing named"

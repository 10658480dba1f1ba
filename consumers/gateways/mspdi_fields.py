"""Read single values of Microsoft Project's XML, and say where one is wrong."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NoReturn

from lxml import etree

from consumers.gateways.plan_form import PlanFileError
from domain.kernel.minutes import DAY_MIN

NAMESPACE: Final = "http://schemas.microsoft.com/project"
PREFIX: Final = f"{{{NAMESPACE}}}"

_DURATION: Final = re.compile(
    r"P(?:(\d{1,6})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?", re.ASCII
)
_DECIMAL: Final = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_CLOCK: Final = re.compile(r"(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?", re.ASCII)
_TRUE: Final = frozenset({"1", "true", "True"})


class Fields:
    """The simple children of one element by name, and where the element stands."""

    __slots__ = ("place", "values")

    def __init__(self, values: Mapping[str, str], place: str) -> None:
        self.values = values
        self.place = place

    def text(self, name: str) -> str:
        """Return a text, empty when it is absent."""
        return self.values.get(name, "")

    def flag(self, name: str) -> bool:
        """Return a truth value; absent is false."""
        return self.values.get(name, "") in _TRUE

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an integer; raises PlanFileError when it is none, or absent without default."""
        text = self.values.get(name, "")
        if not text and default is not None:
            return default
        if _INTEGER.fullmatch(text) is None:
            self.refuse(name, f"{text!r} is no integer")
        return int(text)

    def minutes(self, name: str) -> int | None:
        """Return an ISO 8601 duration in whole minutes (seconds dropped), None when absent."""
        text = self.values.get(name, "")
        if not text:
            return None
        found = _DURATION.fullmatch(text)
        if found is None or text in {"P", "PT"}:
            self.refuse(name, f"{text!r} is no duration such as PT8H0M0S")
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return days * DAY_MIN + hours * 60 + minutes + seconds // 60

    def milli(self, name: str, default: int) -> int:
        """Return a decimal number in thousandths."""
        text = self.values.get(name, "")
        if not text:
            return default
        if _DECIMAL.fullmatch(text) is None:
            self.refuse(name, f"{text!r} is no number of units")
        return int(Decimal(text) * 1000)

    def time(self, name: str) -> str | None:
        """Return a time as it stands, None when absent; the plan's form reads it."""
        text = self.values.get(name, "")
        return None if text in {"", "NA"} else text

    def clock(self, name: str) -> int:
        """Return a time of day in minutes."""
        found = _CLOCK.fullmatch(self.values.get(name, ""))
        if found is None:
            self.refuse(name, f"{self.values.get(name, '')!r} is no time of day")
        return int(found[1]) * 60 + int(found[2])

    def refuse(self, name: str, message: str) -> NoReturn:
        """Refuse the file because of a field of this element."""
        raise PlanFileError(message, "malformed", f"{self.place}/{name}")


def fields_of(element: etree._Element, place: str) -> Fields:
    """Return the children of an element that hold text only."""
    values = {}
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and not len(child):
            values[tag.removeprefix(PREFIX)] = (child.text or "").strip()
    return Fields(values, place)


def children(element: etree._Element, *names: str) -> Iterable[etree._Element]:
    """Return the elements below one, by the names on the way."""
    path = "/".join(PREFIX + name for name in names)
    return element.iterfind(path)

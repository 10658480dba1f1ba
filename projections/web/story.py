"""Read the answer to why a date moved as a page shows it; days that stand together add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from projections.teller import spoken
from projections.web.slips import Known, SlipChart, slip_chart
from projections.web.words import NOTHING, finish_day, number

MOVES_MAX: Final = 60
"""So many of the largest moves are shown; the sums are of all of them."""
BAR: Final = 120
DAY_MIN: Final = 1_440

GROUPS: Final = (
    ("party", "Charged to", "nobody in particular"),
    ("reason", "By reason", NOTHING),
    ("class", "By kind of change", NOTHING),
    ("vendor", "By vendor", "no vendor"),
    ("customer", "By the customer's requests", "not at the customer's request"),
)


@dataclass(frozen=True, slots=True)
class Sum:
    """A name with its days; `bar` and `x` are the width and place of its bar."""

    name: str
    days: Decimal
    x: float
    bar: float

    @property
    def late(self) -> bool:
        """Whether it made the date later."""
        return self.days > 0


@dataclass(frozen=True, slots=True)
class Group:
    """Sums that add up to the whole move."""

    title: str
    sums: tuple[Sum, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class HopView:
    """One phase of the chain behind the date."""

    name: str
    department: str
    edge: str
    date: datetime
    before: datetime | None
    own: Decimal
    because: str


@dataclass(frozen=True, slots=True)
class MoveView:
    """One event that moved the date."""

    position: int
    at: datetime
    what: str
    about: str
    party: str
    reason: str
    days: Decimal


@dataclass(frozen=True, slots=True)
class StoryView:
    """One page: why a date moved, in days that add up, and what was known when."""

    project: str
    name: str
    subject: str
    zone: ZoneInfo
    first: int
    last: int
    before: datetime | None
    after: datetime | None
    promise: date | None
    days: Decimal
    lost: Decimal
    won: Decimal
    problem: str | None
    groups: tuple[Group, ...]
    chain: tuple[HopView, ...]
    moves: tuple[MoveView, ...]
    hidden: int
    near: tuple[str, ...]
    chart: SlipChart | None
    known: tuple[Known, ...]

    @property
    def sentence(self) -> str:
        """The whole story in one sentence."""
        if self.after is None:
            return f"{self.subject} has no date yet."
        if self.before is None or self.before == self.after:
            return f"{self.subject} is where it was."
        direction = "later" if self.after > self.before else "earlier"
        days = number(abs(self.days))
        return (
            f"{self.subject} is {days} days {direction}: "
            f"{number(self.lost)} lost, {number(self.won)} won back."
        )


def story_view(why: Mapping[str, Any], slips: Mapping[str, Any], until: datetime) -> StoryView:
    """Return the page of `why_document` and `slips_document` for the same date.

    `until` is the moment up to which the last date of the slip chart holds.
    """
    zone = ZoneInfo(why["zone"])
    promise = None if why["promise"] is None else date.fromisoformat(why["promise"])
    known = tuple(_known(why, slips))
    moves = why["moves"]
    largest = sorted(moves, key=lambda move: -abs(move["minutes"]))[:MOVES_MAX]
    days = Decimal(str(why["moved_days"]))
    won = _days(why["won_min"])
    return StoryView(
        project=why["project"],
        name=why["name"],
        subject=_subject(why),
        zone=zone,
        first=why["from"],
        last=why["to"],
        before=_moment(why["before"]),
        after=_moment(why["after"]),
        promise=promise,
        days=days,
        lost=days + won,  # So that what stands in one sentence adds up.
        won=won,
        problem=why["problem"],
        groups=tuple(_groups(why)),
        chain=tuple(_hop(hop) for hop in why["chain"]),
        moves=tuple(_move(move) for move in sorted(largest, key=lambda move: move["position"])),
        hidden=len(moves) - len(largest),
        near=tuple(near["name"] for near in why["near"]),
        chart=slip_chart(known, promise, zone, until),
        known=known,
    )


def _subject(why: Mapping[str, Any]) -> str:
    if why["phase"] is None:
        return f"Delivery of {why['name']}"
    return f"{why['phase_name']} ({why['edge']})"


def _known(why: Mapping[str, Any], slips: Mapping[str, Any]) -> Sequence[Known]:
    """Return the dates told since the window began, the one that stood then included."""
    dated = [each for each in slips["dates"] if each["date"] is not None]
    earlier = [each for each in dated if each["position"] <= why["from"]][-1:]
    within = [each for each in dated if why["from"] < each["position"] <= why["to"]]
    return [
        Known(
            at=datetime.fromisoformat(each["told_at"]),
            date=datetime.fromisoformat(each["date"]),
            position=each["position"],
            cause=each["text"] or spoken(each["type"]),
        )
        for each in (*earlier, *within)
    ]


def _groups(why: Mapping[str, Any]) -> Sequence[Group]:
    total = Decimal(str(why["moved_days"]))
    found = []
    for key, title, nobody in GROUPS:
        sums = [(each["name"] or nobody, Decimal(str(each["days"]))) for each in why["by"][key]]
        if [name for name, _ in sums] not in ([], [nobody]):  # Else it says nothing.
            found.append(Group(title, tuple(_bars(sums)), total))
    return found


def _bars(sums: Sequence[tuple[str, Decimal]]) -> Sequence[Sum]:
    """Lay bars out to the left and right of a common line, the longest side filling the width."""
    low = min((days for _, days in sums), default=Decimal())
    high = max((days for _, days in sums), default=Decimal())
    least, most = min(low, Decimal()), max(high, Decimal())
    per_day = BAR / float(most - least or 1)
    zero = -float(least) * per_day
    return [
        Sum(
            name,
            days,
            round(zero + min(0.0, float(days) * per_day), 1),
            round(abs(float(days)) * per_day, 1),
        )
        for name, days in sums
    ]


def _hop(hop: Mapping[str, Any]) -> HopView:
    return HopView(
        name=hop["name"],
        department=hop["department"],
        edge=hop["edge"],
        date=datetime.fromisoformat(hop["date"]),
        before=_moment(hop["before"]),
        own=_days(hop["own_min"]),
        because=_because(hop),
    )


def _because(hop: Mapping[str, Any]) -> str:
    driver, link = hop["driver"], hop["link"]
    if link is not None:
        return f"waits for {link['pred_name']} ({link['type']})"
    words = {
        "data_date": "not done by the data date",
        "actual": "happened",
        "project_start": "the project starts",
        "constraint": f"typed date ({driver['ref']})",
        "commitment": f"waits for goods, {driver['ref']}",
        "material": f"waits for material, {driver['ref']}",
        "resource": f"waits for {driver['ref']}",
    }
    said = words.get(driver["kind"], f"{driver['kind']} {driver['ref']}".strip())
    return said if hop["set_by"] is None else f"{said}, told by {hop['set_by']['by']}"


def _move(move: Mapping[str, Any]) -> MoveView:
    return MoveView(
        position=move["position"],
        at=datetime.fromisoformat(move["told_at"]),
        what=spoken(move["type"]),
        about=move["phase_name"] or move["vendor"] or "",
        party=move["party"],
        reason=move["text"] or move["reason"].replace("_", " "),
        days=Decimal(str(move["days"])),
    )


def _days(minutes: int) -> Decimal:
    return (Decimal(minutes) / DAY_MIN).quantize(Decimal("0.1"))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def days_later(view: StoryView) -> int | None:
    """Return by how many days of the calendar the date moved in the project's zone."""
    if view.before is None or view.after is None:
        return None
    return (finish_day(view.after, view.zone) - finish_day(view.before, view.zone)).days

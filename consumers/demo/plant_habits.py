"""Give the vendors and departments of the plant their habits: how they keep what they say."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class VendorHabit(NamedTuple):
    """How a vendor keeps his promises.

    `late_days` are the working days by which he answers later than we need it, `moves` how often he
    moves a promise, `moved_days` by how much, `slip_days` how much later than his last word the
    goods come; each of the days is as likely as its neighbours.
    """

    late_days: tuple[int, ...]
    moves: float
    moved_days: tuple[int, ...]
    slip_days: tuple[int, ...]


VENDORS: Final[Mapping[str, VendorHabit]] = {
    # Keeps his word.
    "Fluxtec": VendorHabit((0,), 0.1, (1, 2), (0, 0, 0, 0, 1)),
    # Says early that it will be late, and then it is as late as he said.
    "Drive Union": VendorHabit((0, 0, 2, 5), 0.5, (2, 3, 5), (0, 0, 0, 1)),
    # Never says a word, and is late.
    "Kopfwerk": VendorHabit((0,), 0.05, (2,), (0, 2, 4, 8)),
    # Comes before time.
    "Band & Kette": VendorHabit((0,), 0.1, (-1, 1), (-2, -1, 0)),
    # Moves a day at a time, and again, and again.
    "Etiketta": VendorHabit((0, 1), 0.8, (1, 1, 2), (0, 1)),
    # Is mostly in time, and now and then very late.
    "Aquadys": VendorHabit((0, 0, 0, 1), 0.2, (1, 10), (0, 0, 0, 0, 0, 12)),
}
MOVES_MAX: Final = 3
"""A vendor moves one promise at most so often."""


class DepartmentHabit(NamedTuple):
    """How a department reports: how often at all, how often in time, how often by its plan.

    What is reported by plan says that nothing is lost, whatever the work really takes.
    """

    reports: float
    in_time: float
    by_plan: float


DEPARTMENTS: Final[Mapping[str, DepartmentHabit]] = {
    "Engineering": DepartmentHabit(0.95, 0.9, 0.7),
    "Procurement": DepartmentHabit(0.7, 0.6, 0.5),
    "Fabrication": DepartmentHabit(0.95, 0.95, 0.2),
    "Assembly": DepartmentHabit(0.9, 0.8, 0.9),
    "Electrical": DepartmentHabit(0.85, 0.9, 0.4),
}

LONGER: Final = (
    "quality_rework", "drawing_missing", "engineering_change", "labour_short", "estimate_wrong",
)  # fmt: skip
"""Why work takes longer than planned."""
SHORTER: Final = ("estimate_wrong", "priority_change")
AGREED: Final = ("customer_request", "customer_input_late", "engineering_change")
"""Why a customer agrees to another day."""
OUTAGES: Final = ("breakdown", "breakdown", "maintenance", "absence")
TIGHT_PERCENT: Final = (100, 100, 103, 108, 115, 130)
"""What customers are promised: the planned time and so much of it."""

"""Give the vendors and departments of the plant their habits: how they keep what they say."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class VendorHabit(NamedTuple):
    """How a vendor keeps his promises.

    `late_days` are the working days by which he answers later than we need it, `moves` how often he
    moves a promise, `moved_days` by how much, `slip_days` how much later than his last word the
    goods come; `answer_days` are those after which he answers at all. Each of the days is as likely
    as its neighbours.
    """

    late_days: tuple[int, ...]
    moves: float
    moved_days: tuple[int, ...]
    slip_days: tuple[int, ...]
    answer_days: tuple[int, ...] = (1, 2, 3)


VENDORS: Final[Mapping[str, VendorHabit]] = {
    # Keeps his word.
    "Fluxtec": VendorHabit((0,), 0.1, (1, 2), (0, 0, 0, 0, 1)),
    # Says early that it will be late, and then it is as late as he said.
    "Drive Union": VendorHabit((0, 0, 2, 5), 0.5, (2, 3, 5), (0, 0, 0, 1)),
    # Answers late, never says another word, and is late.
    "Kopfwerk": VendorHabit((0,), 0.05, (2,), (0, 2, 4, 8), (1, 2, 3, 4, 6, 7)),
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


class ProjectHabit(NamedTuple):
    """How a project goes.

    `promises` is what its customer is promised, in percent of the planned time, `takes` what its
    phases really take of theirs, `gaps_min` the minutes from when one could start to when it does;
    each of these is as likely as its neighbours. `waits_min` is how long after its planned start it
    begins, `interrupted` how often a phase is, `revised` how often the plan of one, `vendors` who
    delivers, `at_once` how often all of an order.
    """

    promises: tuple[int, ...]
    takes: tuple[int, ...]
    gaps_min: tuple[int, ...]
    waits_min: int
    interrupted: float
    revised: float
    vendors: tuple[str, ...]
    at_once: float


ORDINARY: Final = ProjectHabit(
    promises=(100, 100, 103, 108, 115, 130),
    takes=(80, 90, 100, 100, 100, 110, 125, 160),
    gaps_min=(0, 0, 30, 120),
    waits_min=7 * 1440,
    interrupted=0.08,
    revised=0.04,
    vendors=tuple(VENDORS),
    at_once=0.85,
)
CALM: Final = ProjectHabit(
    promises=(125, 130, 140),
    takes=(80, 90, 95, 100),
    gaps_min=(0, 0, 5, 15),
    waits_min=0,
    interrupted=0.02,
    revised=0.0,
    vendors=("Band & Kette",),
    at_once=1.0,
)
"""Is planned with a buffer, begins when it is planned to, and is disturbed little."""
CALM_SHARE: Final = 0.35


class CostHabit(NamedTuple):
    """What a department's work costs: which skill, what an hour of it costs, how well it guesses.

    `estimates` is how often it estimates a phase at all, `spends` what it spends in percent of what
    it estimated; each of these is as likely as its neighbours.
    """

    skill: str
    rate_minor: int
    estimates: float
    spends: tuple[int, ...]


COSTS: Final[Mapping[str, CostHabit]] = {
    "Engineering": CostHabit("engineer", 9_200, 1.0, (90, 100, 100, 115)),
    "Procurement": CostHabit("buyer", 6_800, 0.8, (95, 100, 105)),
    "Fabrication": CostHabit("welder", 7_100, 0.95, (95, 100, 100, 110)),
    # Guesses low, and says so late.
    "Assembly": CostHabit("fitter", 6_600, 1.0, (110, 125, 140, 160)),
    "Electrical": CostHabit("electrician", 7_400, 0.85, (90, 100, 120)),
    "Quality and commissioning": CostHabit("tester", 7_900, 0.9, (85, 100, 100)),
}
CURRENCY: Final = "EUR"
RISE_PERCENT: Final = 2
"""By so much of the first rate an hour of each skill costs more each quarter."""


class CustomerHabit(NamedTuple):
    """How a customer deals: how long he takes to sign, how often he changes his mind, asks, reads.

    `review_days` are the days that our review of his contract takes, `amends` how often he amends
    it, `asks_weeks` the weeks between two of his questions, `reads` how often he acknowledges,
    `wishes` how many special requests he has in a project.
    """

    review_days: tuple[int, ...]
    amends: float
    asks_weeks: int
    reads: float
    wishes: tuple[int, ...]


CUSTOMERS: Final[Mapping[str, CustomerHabit]] = {
    "Nordquell": CustomerHabit((3, 4, 5), 0.2, 6, 0.95, (0, 1, 2)),
    # Amends what was agreed, more than once.
    "Hafenbräu": CustomerHabit((4, 6, 8), 0.8, 4, 0.9, (1, 2, 3)),
    # His papers come late and are signed later.
    "Alpenmilch": CustomerHabit((6, 12, 18), 0.4, 8, 0.8, (0, 1)),
    # Never says that he read anything.
    "Saftwerk": CustomerHabit((3, 5), 0.3, 5, 0.2, (0, 1, 2)),
    # Wants to know everything, each other week.
    "Ostsee Pharma": CustomerHabit((5, 7, 9), 0.5, 2, 1.0, (1, 2)),
}


class WishHabit(NamedTuple):
    """How a special request goes, in working days before the work it changes starts.

    It comes `asked_days` before, and is assessed on each of `assessed_days`: `barred` says whether
    the work waits for it, `rejected` what becomes of it in the end.
    """

    asked_days: int
    assessed_days: tuple[int, ...]
    barred: bool = True
    rejected: bool = False


WISHES: Final[Mapping[str, WishHabit]] = {
    "in time": WishHabit(18, (14,)),
    "turned down": WishHabit(16, (12,), rejected=True),
    "left lying": WishHabit(15, (7,)),
    # The customer thinks it over, and the plan moves on.
    "thought over": WishHabit(24, (20, 9)),
    "at the last moment": WishHabit(4, (1,), barred=False),
}


class OfficeHabit(NamedTuple):
    """How a department does what is not its work: in meetings, with actions, with answers.

    Each says how often: it accepts an invitation, comes prepared, does in time what it was to do,
    answers an inquiry in time.
    """

    comes: float
    prepared: float
    acts: float
    answers: float


OFFICES: Final[Mapping[str, OfficeHabit]] = {
    "Engineering": OfficeHabit(0.95, 0.85, 0.6, 0.8),
    "Procurement": OfficeHabit(0.6, 0.5, 0.4, 0.5),
    "Fabrication": OfficeHabit(0.9, 0.9, 0.9, 0.9),
    "Assembly": OfficeHabit(0.85, 0.7, 0.7, 0.9),
    "Electrical": OfficeHabit(0.7, 0.6, 0.8, 0.7),
    "Quality and commissioning": OfficeHabit(1.0, 0.95, 0.95, 0.95),
}

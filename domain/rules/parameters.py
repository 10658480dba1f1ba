"""Name the numbers that rules go by; a project may set others than the defaults."""

from typing import Final, NamedTuple


class Parameter(NamedTuple):
    """A number a rule goes by, whole in its unit."""

    name: str
    default: int
    unit: str
    text: str


NOISE: Final = "noise"
"""The name under which a project sets what holds for every rule."""

MIN_IMPACT: Final = Parameter(
    "min_impact", 50, "hundredths of a working day",
    "A finding that moves the promise by less raises no conflict.",
)  # fmt: skip
MIN_AGE: Final = Parameter(
    "min_age", 15, "minutes", "A condition that is gone before raises no conflict."
)
DEBOUNCE: Final = Parameter(
    "debounce", 30, "seconds", "Changes of one conflict that come faster are told together."
)
NOISE_PARAMETERS: Final = (MIN_IMPACT, MIN_AGE, DEBOUNCE)
"""Source of the numbers: DOMAIN 5."""

RANKING: Final = "ranking"
"""The name under which a project sets how much it counts beside others."""

WEIGHT: Final = Parameter(
    "weight", 100, "hundredths",
    "What the project counts beside others when conflicts are ranked by expected loss.",
)  # fmt: skip
RANKING_PARAMETERS: Final = (WEIGHT,)
"""Source: DOMAIN 5."""

NOTICES: Final = "notices"
"""The name under which a project sets how often parties are told of moved dates."""

GATHER: Final = Parameter(
    "gather", 24, "hours",
    "Who was told of moved dates is told the next ones no sooner; 0: after each message.",
)  # fmt: skip
NOTICES_PARAMETERS: Final = (GATHER,)

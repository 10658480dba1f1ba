"""Count how far we and MPXJ agree, class by class, and write the table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from domain.planning.network import Dialect
from tests.oracle.agreement import CAUSES, FIELDS, UNEXPLAINED, compared, differences
from tests.oracle.generated import classes_of, generated
from tests.oracle.mpxj_side import scheduled_by_mpxj

PAGE: Final = Path(__file__).parent / "AGREEMENT.md"
DIALECTS: Final[tuple[Dialect, ...]] = ("msproject", "p6")
TOOLS: Final = {"msproject": "MicrosoftScheduler", "p6": "PrimaveraScheduler"}
GROUPS: Final = {
    "start, finish": ("start", "finish"),
    "early dates": ("early_start", "early_finish"),
    "late dates": ("late_start", "late_finish"),
    "total float": ("total_float_min",),
    "free float": ("free_float_min",),
    "critical": ("critical",),
}
BATCH: Final = 400
ALL: Final = 100.0


@dataclass
class Agreement:
    """How far two schedulers agree on the networks of one class."""

    name: str
    networks: int = 0
    equal: int = 0
    phases: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)

    def per_cent(self, group: str) -> float:
        """Return in how many per cent of the phases all figures of a group agree on average."""
        fields = GROUPS[group]
        wrong = sum(self.differing[each] for each in fields)
        return ALL * (1 - wrong / (len(fields) * self.phases))

    @property
    def overall(self) -> float:
        """Return in how many per cent all figures of all phases agree."""
        return ALL * (1 - self.differing.total() / (len(FIELDS) * self.phases))


def agreements(dialect: Dialect, seeds: Sequence[int]) -> Iterator[Agreement]:
    """Yield how far we agree on each class, a network for each seed."""
    for name in classes_of(dialect):
        found = Agreement(name)
        networks = [generated(name, dialect, seed) for seed in seeds]
        for at in range(0, len(networks), BATCH):
            some = networks[at : at + BATCH]
            for network, theirs in zip(some, scheduled_by_mpxj(dialect, some), strict=True):
                different = list(differences(network, theirs))
                found.networks += 1
                found.equal += not different
                found.phases += len(compared(network))
                found.differing.update(each.field for each in different)
                found.causes.update({each.cause for each in different})
        yield found


def write(found: dict[Dialect, list[Agreement]], version: str) -> None:
    """Write the page: what was compared, the tables, and why what differs does."""
    total = sum(each.networks for rows in found.values() for each in rows)
    lines = [
        "# Agreement with MPXJ's schedulers",
        "",
        (
            f"{total:,} networks made up from seeds, each scheduled by Takt and by MPXJ {version} "
            "(test-only, an independent implementation in Java), figure by figure; dates as "
            "points in the phase's working time. Written by `python -m tests.oracle`. Neither is "
            "the tool itself: both are read from what the makers document and from files the "
            "tools wrote."
        ),
    ]
    for dialect, rows in found.items():
        lines += ["", f"## `{dialect}` and {TOOLS[dialect]}", "", *_table(rows)]
    lines += ["", "## Why what differs does", ""]
    counted = sum((each.causes for rows in found.values() for each in rows), Counter[str]())
    lines += [
        f"* **{cause}** ({counted[cause]} networks): {why}"
        for cause, why in CAUSES.items()
        if counted[cause]
    ]
    lines += ["", f"Unexplained: {counted[UNEXPLAINED]} networks.", ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def _table(rows: Sequence[Agreement]) -> Iterator[str]:
    yield f"| networks with | networks | phases | {' | '.join(GROUPS)} | all figures | causes |"
    yield "|---|" + "---:|" * (len(GROUPS) + 3) + "---|"
    for row in rows:
        shares = " | ".join(f"{row.per_cent(group):.1f} %" for group in GROUPS)
        causes = "; ".join(f"{cause}: {count}" for cause, count in row.causes.most_common())
        yield (
            f"| {row.name} | {row.networks} | {row.phases} | {shares} | {row.overall:.1f} % "
            f"| {causes} |"
        )

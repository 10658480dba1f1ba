"""Compare every figure Microsoft Project stored with ours, and write the page that tells of it.

`python -m tests.published.microsoft_page` writes the table into `deploy/microsoft-project.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from consumers.gateways.plan_file import read_plan
from consumers.gateways.plan_form import PlanFile
from domain.kernel.minutes import minute_of
from domain.kernel.work_axis import WorkAxis
from domain.planning.critical_path import schedule
from domain.planning.network import Network
from tests.shared import SHARED
from tests.unit.planning.plans import network_of

PAGE: Final = Path(__file__).parents[2] / "deploy" / "microsoft-project.md"
BEGIN: Final = "<!-- table -->"
END: Final = "<!-- end of table -->"
FIELDS: Final = {
    "start": "start",
    "finish": "finish",
    "early_start": "early_start",
    "early_finish": "early_finish",
    "late_start": "late_start",
    "late_finish": "late_finish",
    "total_slack_min": "total_float_min",
    "free_slack_min": "free_float_min",
    "critical": "critical",
}
"""What Project calls a figure, and what we do."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One stored figure beside ours."""

    task: str
    field: str
    stored: Any
    ours: Any
    equal: bool


def files(shared: Path) -> list[Path]:
    """Return the published project files, in order."""
    return sorted((shared / "data" / "mspdi").glob("*/*.xml"))


def figures(plan: PlanFile, network: Network) -> Iterator[Figure]:
    """Yield every figure that a file stores; dates are compared as points in working time."""
    planned = schedule(network)
    for task, stored in plan.stored.items():
        axis = _axis(network, task)
        for name, ours_name in FIELDS.items():
            theirs = getattr(stored, name)
            if theirs is not None:
                ours = getattr(planned.phases[task], ours_name)
                yield Figure(task, name, theirs, ours, _equal(axis, theirs, ours))


def table(shared: Path) -> Iterator[str]:
    """Yield the table's lines: what each file stores, and how much of it we compute."""
    yield "| file | tasks | figures stored | equal | what differs |"
    yield "|---|---:|---:|---:|---|"
    for path in files(shared):
        plan = read_plan(path)
        found = list(figures(plan, network_of(plan)))
        differing = [f"{each.task} {each.field}" for each in found if not each.equal]
        yield (
            f"| {path.parent.name}/{path.stem} | {len(plan.stored)} | {len(found)} "
            f"| {len(found) - len(differing)} | {', '.join(differing) or 'nothing'} |"
        )


def _axis(network: Network, task: str) -> WorkAxis:
    (found,) = [each for each in network.activities if each.id == task]
    return network.calendars[found.calendar or network.default_calendar].axis


def _equal(axis: WorkAxis, theirs: Any, ours: Any) -> bool:  # noqa: ANN401  A date or a number.
    if isinstance(theirs, datetime):
        return axis.works[minute_of(theirs)] == axis.works[ours]
    return bool(theirs == ours)


def in_page(lines: Iterator[str]) -> str:
    """Return the page with the table's lines in their place."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"])


if __name__ == "__main__":
    PAGE.write_text(in_page(table(SHARED)), encoding="utf-8")

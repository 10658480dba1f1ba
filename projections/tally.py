"""Add up a group of phases: how many are where, how much is done, which are late."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from projections.contract import Row
from projections.lateness import Lateness, finish_dues
from projections.moments import Moments

FULL_SHARE_BP: Final = 10_000
STAGES: Final = ("planned", "released", "running", "interrupted", "finished", "aborted")


class Share(NamedTuple):
    """What one phase adds to its group, whatever its dates, as long as nothing is heard of it."""

    revision: int
    """The revision of the line that says so."""
    department: str
    stage: str
    has_started: bool
    planned_min: int
    done_min: int
    finish_dues: tuple[datetime, ...]


def share_of(line: PhaseLine, network: ProjectNetwork) -> Share:
    """Return what a phase adds to its group."""
    # The duration of level of effort follows others' and is no work of its own.
    planned = 0 if line.kind == "level_of_effort" else line.duration_min
    return Share(
        line.revision,
        line.department,
        line.known.stage,
        line.known.has_started,
        planned,
        max(0, planned - line.remaining_min),
        finish_dues(line, network),
    )


@dataclass(slots=True)
class Tally:
    """What adds up over a group of phases."""

    stages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    late_starts: list[str] = field(default_factory=list)
    late_finishes: list[str] = field(default_factory=list)
    planned_min: int = 0
    done_min: int = 0
    critical: int = 0
    finish: int | None = None
    """The last scheduled finish, in minutes."""

    def add(
        self, phase_id: str, share: Share, dates: ScheduledPhase | None, lateness: Lateness
    ) -> None:
        """Count one phase."""
        self.stages[share.stage] += 1
        self.planned_min += share.planned_min
        self.done_min += share.done_min
        if dates is None:
            return
        if not share.has_started and lateness.starts_late(dates):
            self.late_starts.append(phase_id)
        if share.finish_dues and lateness.finishes_late(share.finish_dues):
            self.late_finishes.append(phase_id)
        self.critical += dates.critical
        if self.finish is None or dates.finish > self.finish:
            self.finish = dates.finish

    def row(self, moments: Moments) -> Row:
        """Return the tally as plain values."""
        share = self.done_min * FULL_SHARE_BP // self.planned_min if self.planned_min else 0
        return {
            "phase_count": sum(self.stages.values()),
            **self.stages,
            "late_starts": len(self.late_starts),
            "late_start_phases": self.late_starts,
            "late_finishes": len(self.late_finishes),
            "late_finish_phases": self.late_finishes,
            "percent_bp": share,
            "planned_min": self.planned_min,
            "done_min": self.done_min,
            "critical_count": self.critical,
            "forecast_finish": None if self.finish is None else moments.at(self.finish),
        }


def total(tallies: Collection[Tally]) -> Tally:
    """Return what adds up over all groups."""
    return Tally(
        stages={stage: sum(tally.stages[stage] for tally in tallies) for stage in STAGES},
        late_starts=sorted(phase for tally in tallies for phase in tally.late_starts),
        late_finishes=sorted(phase for tally in tallies for phase in tally.late_finishes),
        planned_min=sum(tally.planned_min for tally in tallies),
        done_min=sum(tally.done_min for tally in tallies),
        critical=sum(tally.critical for tally in tallies),
        finish=max((t.finish for t in tallies if t.finish is not None), default=None),
    )

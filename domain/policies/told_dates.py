"""Know the dates that parties of a project go by, and find those that moved a working day since.

A date is compared with the one last told, so what moves by an hour a week is told when the hours
make a day. Before a project is in force its dates are a draft that nobody goes by.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.ids import stream_of
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.kernel.values import rfc3339
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.notices.events import DateChange, Moved, Stake
from domain.rules.impact import working_days

LEAST_DAYS: Final = Decimal(1)
"""What moved by fewer working days is not told."""


class Party(NamedTuple):
    """Somebody who goes by dates of a project."""

    stake: Stake
    name: str


@dataclass(slots=True)
class ToldDates:
    """The dates that the parties of one project were told, or found when it came in force."""

    in_force: bool = False
    finish: Minute | None = None
    starts: dict[str, Minute] = field(default_factory=dict)
    """By phase."""
    finishes: dict[str, Minute] = field(default_factory=dict)
    """By phase."""
    needs: dict[str, Minute] = field(default_factory=dict)
    """By commitment, the start of the first phase that waits for it."""
    needs_by: dict[str, date] = field(default_factory=dict)
    """By commitment, the day we asked for."""
    promises: dict[tuple[str, str], date] = field(default_factory=dict)
    """By party and deliverable."""
    seen: Mapping[str, Any] | None = None
    """The rows of the schedule that was compared last."""

    def moved(
        self, network: ProjectNetwork, commitments: Collection[str]
    ) -> Mapping[Party, list[DateChange]]:
        """Return by party what moved since it was told, and take it as told.

        `commitments` are those of which something was recorded.
        """
        promised = {key: promise.day for key, promise in network.promises.items()}
        if not (self.in_force or commitments or promised != self.promises):
            return {}
        schedule = network.schedule()
        if schedule is None:
            return {}
        found: dict[Party, list[DateChange]] = defaultdict(list)
        self._promises(network, found)
        self._needs_by(network, commitments, found)
        if not self.in_force:
            return found
        self._project(network, schedule.finish, found)
        self._phases(network, schedule, commitments, found)
        return found

    def _promises(self, network: ProjectNetwork, found: dict[Party, list[DateChange]]) -> None:
        for key, promise in network.promises.items():
            old = self.promises.setdefault(key, promise.day)
            days = _days_between(network, old, promise.day)
            if abs(days) >= LEAST_DAYS:
                self.promises[key] = promise.day
                subject = stream_of("project", network.project_id)
                found[Party("customer", promise.party)].append(
                    DateChange(
                        subject=subject,
                        what="promise",
                        old=old.isoformat(),
                        new=promise.day.isoformat(),
                        days=days,
                    )
                )

    def _needs_by(
        self,
        network: ProjectNetwork,
        commitments: Collection[str],
        found: dict[Party, list[DateChange]],
    ) -> None:
        for commitment_id in commitments:
            supply = network.supplies.get(commitment_id)
            if supply is None or not supply.is_open:
                continue
            old = self.needs_by.setdefault(commitment_id, supply.need_by)
            days = _days_between(network, old, supply.need_by)
            if abs(days) >= LEAST_DAYS:
                self.needs_by[commitment_id] = supply.need_by
                found[Party("vendor", supply.vendor)].append(
                    DateChange(
                        subject=stream_of("commitment", commitment_id),
                        what="need_by",
                        old=old.isoformat(),
                        new=supply.need_by.isoformat(),
                        days=days,
                    )
                )

    def _project(
        self, network: ProjectNetwork, finish: Minute, found: dict[Party, list[DateChange]]
    ) -> None:
        parties = sorted({promise.party for promise in network.promises.values()})
        old = self.finish
        if old is None or not parties:
            self.finish = finish
            return
        subject = stream_of("project", network.project_id)
        change = _change(subject, "project_finish", old, finish, network.calendar)
        if change is not None:
            self.finish = finish
            for name in parties:
                found[Party("customer", name)].append(change)

    def _phases(
        self,
        network: ProjectNetwork,
        schedule: Any,  # noqa: ANN401  A schedule of the planning, which policies do not import.
        commitments: Collection[str],
        found: dict[Party, list[DateChange]],
    ) -> None:
        supplies = {
            commitment_id: supply
            for commitment_id in commitments
            if (supply := network.supplies.get(commitment_id)) is not None
        }
        if schedule.phases is self.seen:
            moved: Iterable[str] = ()
        elif schedule.before is not None and schedule.before is self.seen:
            moved = schedule.moved
        else:
            moved = schedule.phases
            supplies.update({supply.id: supply for supply in network.supplies.lines()})
        self.seen = schedule.phases
        for phase_id in moved:
            row = schedule.phases[phase_id]
            if row.summary:
                continue
            self._phase(network, phase_id, row, found)
            supplies.update({each.id: each for each in network.supplies.for_phase(phase_id)})
        for supply in supplies.values():
            self._need(network, schedule, supply, found)

    def _phase(
        self,
        network: ProjectNetwork,
        phase_id: str,
        row: Any,  # noqa: ANN401  As above.
        found: dict[Party, list[DateChange]],
    ) -> None:
        """Compare a phase that is not over; what has begun was reported by whom it belongs to."""
        line = network.lines[phase_id]
        start = self.starts.setdefault(phase_id, row.start)
        finish = self.finishes.setdefault(phase_id, row.finish)
        if (start, finish) == (row.start, row.finish) or line.known.has_ended:
            return
        changes = found[Party("department", line.department)]
        calendar = network.calendar_of(line)
        subject = stream_of("phase", network.project_id, phase_id)
        if not line.known.has_started:
            change = _change(subject, "start", start, row.start, calendar)
            if change is not None:
                self.starts[phase_id] = row.start
                changes.append(change)
        change = _change(subject, "finish", finish, row.finish, calendar)
        if change is not None:
            self.finishes[phase_id] = row.finish
            changes.append(change)

    def _need(
        self,
        network: ProjectNetwork,
        schedule: Any,  # noqa: ANN401  As above.
        supply: Supply,
        found: dict[Party, list[DateChange]],
    ) -> None:
        """Compare when the first phase that waits for a commitment starts, while it is to come."""
        waiting = [
            schedule.phases[phase_id].start
            for phase_id in network.supplies.waiting_for(supply)
            if phase_id in schedule.phases and not network.lines[phase_id].known.has_started
        ]
        if not waiting or not supply.is_open:
            return
        old = self.needs.setdefault(supply.id, min(waiting))
        subject = stream_of("commitment", supply.id)
        change = _change(subject, "need", old, min(waiting), network.calendar)
        if change is not None:
            self.needs[supply.id] = min(waiting)
            found[Party("vendor", supply.vendor)].append(change)


def _change(
    subject: str, what: Moved, old: Minute, new: Minute, calendar: WorkingCalendar
) -> DateChange | None:
    """Return how a date moved; None where it did by less than is told."""
    if old == new:
        return None
    days = working_days(calendar, old, new)
    if abs(days) < LEAST_DAYS:
        return None
    return DateChange(
        subject=subject,
        what=what,
        old=rfc3339(instant_of(old)),
        new=rfc3339(instant_of(new)),
        days=days,
    )


def _days_between(network: ProjectNetwork, old: date, new: date) -> Decimal:
    """Return the signed working days between the ends of two days."""
    begin, end = end_of_day(old, network.zone), end_of_day(new, network.zone)
    return working_days(network.calendar, minute_of(begin), minute_of(end))

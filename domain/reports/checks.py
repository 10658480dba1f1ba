"""Check a report against what is known before it counts; each finding names both values.

R2: it is complete. R3: it agrees with what the plant counted. S11: no progress falls without
rework, and nothing is told of the future. And no phase is expected to finish in the past.
Source of the rules: DOMAIN 3.11 and 4.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from domain.kernel.values import rfc3339
from domain.reports.events import (
    CheckName,
    Contradiction,
    ReportCheck,
    ReportCorrected,
    ReportLine,
    ReportRequested,
    ReportSubmitted,
)

Content: TypeAlias = ReportSubmitted | ReportCorrected

COUNT_TOLERANCE_BP: Final = 1_000
"""A report may differ from the plant's count by so many basis points."""

HEALTH: Final = "health"
HOURS: Final = "hours"
"""The sections that are not words: fields of the report."""


@dataclass(frozen=True, slots=True)
class PhaseKnown:
    """What is known of one phase of the department as of the moment of the report.

    `counted_bp` is the plant's last count, `known_bp` the last share done that anybody recorded;
    a reopening sets both aside.
    """

    phase_id: str
    running: bool = False
    finished_at: datetime | None = None
    ended: bool = False
    counted_bp: int | None = None
    known_bp: int | None = None


def checked(
    report: Content,
    asked: ReportRequested,
    phases: Sequence[PhaseKnown],
    submitted_at: datetime,
) -> tuple[ReportCheck, ...]:
    """Return every check of a report with what it found.

    `phases` are those of the department that have begun, and those of the template, as known at
    the report's moment; `submitted_at` is when it came.
    """
    found: dict[CheckName, Iterable[Contradiction]] = {
        "R2": _incomplete(report, asked, phases),
        "R3": against_plant(report, asked, phases),
        "S11": _backward_or_future(report, phases, submitted_at),
        "finish_in_past": _finish_in_past(report),
    }
    return tuple(
        ReportCheck(check=name, contradictions=tuple(each)) for name, each in found.items()
    )


def is_outside(report: Content, asked: ReportRequested) -> bool:
    """Tell whether the report is about a moment outside its period; both ends belong to it."""
    return not asked.lasts_over(report.as_of)


def missing_phases(
    report: Content, asked: ReportRequested, phases: Sequence[PhaseKnown]
) -> tuple[str, ...]:
    """Return the phases that ought to be reported and are not, sorted.

    Those of the template and those that run, but for those that have ended.
    """
    ended = {phase.phase_id for phase in phases if phase.ended}
    running = {phase.phase_id for phase in phases if phase.running}
    told = {line.phase_id for line in report.lines}
    return tuple(sorted((set(asked.template) | running) - ended - told))


def missing_sections(report: Content, asked: ReportRequested) -> tuple[str, ...]:
    """Return the required sections that the report does not have, in the order required."""
    written = {each.section for each in report.narrative if each.text.strip()}
    if report.health is not None:
        written.add(HEALTH)
    if report.hours:
        written.add(HOURS)
    return tuple(each for each in asked.sections if each not in written)


def _incomplete(
    report: Content, asked: ReportRequested, phases: Sequence[PhaseKnown]
) -> Iterator[Contradiction]:
    for phase_id in missing_phases(report, asked, phases):
        text = f"phase {phase_id} runs or is about to start, and the report does not mention it"
        yield Contradiction(text=text, phase_id=phase_id)
    for section in missing_sections(report, asked):
        yield Contradiction(text=f"the section {section} is required, and the report has none")


def against_plant(
    report: Content, asked: ReportRequested, phases: Sequence[PhaseKnown]
) -> Iterator[Contradiction]:
    """Yield where a report contradicts what the plant counted or finished: rule R3."""
    lines = {line.phase_id: line for line in report.lines}
    for phase in sorted(phases, key=lambda each: each.phase_id):
        line = lines.get(phase.phase_id)
        if phase.finished_at is not None:
            yield from _against_finish(phase.phase_id, phase.finished_at, line, asked)
        elif line is not None:
            yield from _against_count(line, phase.counted_bp)


def _against_finish(
    phase_id: str, finished_at: datetime, line: ReportLine | None, asked: ReportRequested
) -> Iterator[Contradiction]:
    known = rfc3339(finished_at)
    if line is None and finished_at >= asked.begins:
        text = f"phase {phase_id} finished at {known}, and the report does not mention it"
        yield Contradiction(text=text, phase_id=phase_id, known=f"finished at {known}")
    elif line is not None and line.remaining_min > 0:
        reported = f"{line.remaining_min} min remain"
        text = f"phase {phase_id} finished at {known}, and the report says that {reported}"
        yield Contradiction(
            text=text, phase_id=phase_id, reported=reported, known=f"finished at {known}"
        )


def _against_count(line: ReportLine, counted_bp: int | None) -> Iterator[Contradiction]:
    if line.physical_bp is None or counted_bp is None:
        return
    if abs(line.physical_bp - counted_bp) > COUNT_TOLERANCE_BP:
        reported, known = f"{line.physical_bp} bp done", f"{counted_bp} bp counted"
        text = f"phase {line.phase_id}: the report says {reported}, the plant {known}"
        yield Contradiction(text=text, phase_id=line.phase_id, reported=reported, known=known)


def _backward_or_future(
    report: Content, phases: Sequence[PhaseKnown], submitted_at: datetime
) -> Iterator[Contradiction]:
    if report.as_of > submitted_at:
        reported, known = rfc3339(report.as_of), rfc3339(submitted_at)
        text = f"the report is as of {reported}, and came at {known} before that"
        yield Contradiction(text=text, reported=reported, known=known)
    shares = {phase.phase_id: phase.known_bp for phase in phases}
    for line in report.lines:
        before = shares.get(line.phase_id)
        if line.physical_bp is None or before is None or line.physical_bp >= before:
            continue
        reported, known = f"{line.physical_bp} bp done", f"{before} bp recorded before"
        text = f"phase {line.phase_id} was not reopened: {reported} after {known}"
        yield Contradiction(text=text, phase_id=line.phase_id, reported=reported, known=known)


def _finish_in_past(report: Content) -> Iterator[Contradiction]:
    for line in report.lines:
        finish = line.expected_finish
        if line.remaining_min > 0 and finish is not None and finish < report.as_of:
            reported, known = f"finish expected at {rfc3339(finish)}", rfc3339(report.as_of)
            text = f"phase {line.phase_id}: {reported}, which is before {known}, and work remains"
            yield Contradiction(text=text, phase_id=line.phase_id, reported=reported, known=known)

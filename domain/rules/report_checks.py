"""Tell what a check of the reports finds, report by report: what the rules R2, R3 and S11 share."""

from dataclasses import dataclass, field
from typing import Any, Final

from domain.conflicts.events import Severity
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.reports.events import CheckName, ReportCheck
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.impact import NOTHING
from domain.rules.reporting import ReportBook, check_of

NAMED_MAX: Final = 3
"""So many contradictions are told in a summary; the report shows them all."""


@dataclass(slots=True)
class ReportsState:
    """The project's reports, and what was last found of each, by its stream."""

    book: ReportBook = field(default_factory=ReportBook)
    found: dict[str, Finding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judging:
    """How a rule tells what a check finds."""

    rule: str
    version: int
    check: CheckName
    severity: Severity
    says: str


def told_of_report(
    judging: Judging, state: ReportsState, recorded: Recorded[Any], network: ProjectNetwork
) -> tuple[Found, ...]:
    """Take one event in; return what the check now finds of the report that it is about."""
    if not state.book.take(recorded):
        return ()
    stream = recorded.stream
    check = check_of(judging.check, state.book, stream, network)
    before = state.found.get(stream)
    if check is None or not check.contradictions:
        if before is None:
            return ()
        del state.found[stream]
        return (Cleared(before.rule, before.subjects, _because(state.book, stream)),)
    found = _finding(judging, state, recorded, check)
    if before is not None and found.summary == before.summary:
        return ()
    state.found[stream] = found
    return (found,)


def _finding(
    judging: Judging, state: ReportsState, recorded: Recorded[Any], check: ReportCheck
) -> Finding:
    stream = recorded.stream
    _, department, period = subject_of(stream).ids
    version, before = state.book.of(stream).latest, state.found.get(stream)
    assert version is not None, "what is checked was sent"
    texts = [each.text for each in check.contradictions]
    more = len(texts) - NAMED_MAX
    named = "; ".join(texts[:NAMED_MAX]) + (f"; and {more} more" if more > 0 else "")
    return Finding(
        rule=judging.rule,
        rule_version=judging.version,
        kind="communication",
        subjects=(stream,),
        severity=judging.severity,
        impact_days=NOTHING,
        summary=f"The report of {department} for {period} {judging.says}: {named}",
        evidence=(version.position,),
        first_position=recorded.position if before is None else before.first_position,
        remedies=("Return the report with what is to be mended", "Overrule the check, with why"),
    )


def _because(book: ReportBook, stream: str) -> str:
    report = book.of(stream)
    if report.accepted is not None:
        return f"Version {report.accepted.submission} was accepted by {report.accepted.by}"
    if report.is_waived:
        return "Nobody waits for the report any more"
    return "The version sent last does not say so"

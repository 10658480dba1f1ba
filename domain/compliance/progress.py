"""Turn an accepted report into the progress it claims: a request on each of its phases."""

from collections.abc import Sequence

from domain.phases.commands import RecordProgress
from domain.reports.events import ReportAccepted
from domain.reports.facts import Report


def progress_of(
    project_id: str, report: Report, accepted: ReportAccepted
) -> Sequence[RecordProgress]:
    """Return one request a line, in the report's order, true as of the report's moment.

    Each is for a policy to ask once, caused by the acceptance: a line on a phase that has not
    started or has ended is refused by itself, and does not take the others with it. That is why
    they are not part of the acceptance's own commit, where one refusal is a refusal of all.
    """
    version = report.version(accepted.submission)
    if version is None:
        return ()
    return tuple(
        RecordProgress(
            project_id=project_id,
            phase_id=line.phase_id,
            remaining_min=line.remaining_min,
            physical_bp=line.physical_bp,
            expected_finish=line.expected_finish,
            basis="report",
            as_of=version.event.as_of,
        )
        for line in version.event.lines
    )

"""Whenever a report is accepted, then what it says of each phase is asked to be progress."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from domain.compliance.progress import progress_of
from domain.kernel.ids import derived_id
from domain.kernel.messages import Recorded
from domain.policies.policy import Request, nothing_else
from domain.reports.events import ReportAccepted
from domain.reports.facts import FACTS, Report
from domain.rules.watched import Watched

Reports: TypeAlias = dict[str, Report]
"""The reports that are not accepted yet, by their stream."""

NOTHING_SENT: Final = Report()


class ProgressOnAcceptance:
    """Ask to record the progress of each line, true as of the report, caused by the acceptance.

    Each line is a request of its own, so a phase that cannot take it, such as one that has ended
    since, holds no other back. Its message id derives from the acceptance and the line.
    """

    name = "progress_on_acceptance"
    instead = staticmethod(nothing_else)

    def initial(self) -> Reports:
        """Return a project without reports."""
        return {}

    def fold(
        self, state: Reports, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in; return what is asked for at an acceptance, nothing at any other."""
        del more
        if isinstance(recorded.event, FACTS):
            state[recorded.stream] = state.get(recorded.stream, NOTHING_SENT).after(recorded)
        if not isinstance(recorded.event, ReportAccepted):
            return ()
        report = state.pop(recorded.stream, NOTHING_SENT)
        return [
            Request(
                derived_id("", command.command_name, recorded.event_id, str(line)),
                command,
                recorded,
            )
            for line, command in enumerate(
                progress_of(project.project_id, report, recorded.event), start=1
            )
        ]

    def due(self, state: Reports, project: Watched) -> datetime | None:
        """Wait for no moment: an acceptance is what it reacts to."""
        del state, project
        return None

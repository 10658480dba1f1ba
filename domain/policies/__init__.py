"""React to what happens: whenever this is found, ask for that."""

from typing import Any, Final

from domain.policies.conflict_on_finding import ConflictOnFinding
from domain.policies.meeting_on_conflict import MeetingOnConflict
from domain.policies.notice_on_move import NoticeOnMove
from domain.policies.policy import Policy, Request
from domain.policies.progress_on_acceptance import ProgressOnAcceptance
from domain.policies.reacting import Reacting
from domain.policies.reporting_clock import ReportingClock
from domain.policies.review_on_amendment import ReviewOnAmendment
from domain.policies.shared_subjects import SharedSubjects

POLICIES: Final[tuple[Policy[Any], ...]] = (
    SharedSubjects(),
    ConflictOnFinding(),
    ReviewOnAmendment(),
    ReportingClock(),
    ProgressOnAcceptance(),
    NoticeOnMove(),
    MeetingOnConflict(),
)
"""Every policy, in the order in which they are asked."""

__all__ = ["POLICIES", "Policy", "Reacting", "Request"]

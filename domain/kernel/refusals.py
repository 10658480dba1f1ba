"""Everything the domain can refuse, as one tree; the code is API, the text is for people.

* DomainError
  x Malformed, NotAuthorised, StaleVersion, IdempotencyConflict, UnknownSubject
  x Rejected
    + ReasonRequired, ProjectIsHeld, ProjectClosed, InvalidTransition, AlreadyExists
    + calendar: WindowOverlap, WindowOutOfDay, NoWorkingTime
    + project: DataDateBackward, BaselineAhead, PromiseExists, PhaseRunning, ConflictOpen
    + plan: Cycle, SelfLink, LinkToAncestor, DuplicateLink, SummaryDuration, LevelOfEffortDrives,
      PhaseHasStarted, ConstraintDateMissing, DuplicateId, PlanTooLarge
    + phase: NotInPlan, GateOpen, NotReleased, NotFinished, AlreadyEnded
    + department, resource: SupervisorExists, OverCapacity
    + commitment: OldRevision, AlreadyClosed
    + material: OverReservation, OverIssue, StockSet
    + report: AlreadyAccepted, CheckFailed, OutsidePeriod
    + cost: EvMethodFixed
    + contract, special request: Unreviewed, FindingOpen, Unapproved, AssessmentStale
    + conflict: OwnerMissing, DecisionMissing, AlreadyOpen
    + meeting, inquiry: LeadMissing, DepartmentMissing, NotHeld, OwnerOrDueMissing, Disclosure
    + branch: PositionAhead, BranchEmpty, BranchTooLong, MergeRefused
    + dispute: AlreadyOpen
    + publication, baseline, hand-over: DigestMismatch
"""

from typing import ClassVar


class DomainError(Exception):
    """Something asked for that Takt does not do, with a code and a sentence that says why."""

    code: ClassVar[str]


class Malformed(DomainError):
    """The message cannot be read as what it says it is; `pointer` names the place."""

    code = "malformed"

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class NotAuthorised(DomainError):
    code = "not_authorised"


class StaleVersion(DomainError):
    """The subject has moved on since it was read."""

    code = "stale_version"

    def __init__(self, message: str, current: int) -> None:
        super().__init__(message)
        self.current = current


class IdempotencyConflict(DomainError):
    """The message id is known with another body."""

    code = "idempotency_conflict"


class UnknownSubject(DomainError):
    code = "unknown_subject"


class Rejected(DomainError):
    """A request that the present state does not allow."""


class ReasonRequired(Rejected):
    code = "reason_required"


class ProjectIsHeld(Rejected):
    code = "project_held"


class ProjectClosed(Rejected):
    code = "project_closed"


class InvalidTransition(Rejected):
    code = "invalid_transition"


class AlreadyExists(Rejected):
    code = "already_exists"


class WindowOverlap(Rejected):
    code = "window_overlap"


class WindowOutOfDay(Rejected):
    code = "window_out_of_day"


class NoWorkingTime(Rejected):
    code = "no_working_time"


class DataDateBackward(Rejected):
    code = "data_date_backward"


class BaselineAhead(Rejected):
    code = "baseline_ahead"


class PromiseExists(Rejected):
    code = "promise_exists"


class PhaseRunning(Rejected):
    code = "phase_running"


class ConflictOpen(Rejected):
    code = "conflict_open"


class Cycle(Rejected):
    code = "cycle"


class SelfLink(Rejected):
    code = "self_link"


class LinkToAncestor(Rejected):
    code = "link_to_ancestor"


class DuplicateLink(Rejected):
    code = "duplicate_link"


class DuplicateId(Rejected):
    code = "duplicate_id"


class PlanTooLarge(Rejected):
    code = "plan_too_large"


class SummaryDuration(Rejected):
    code = "summary_duration"


class LevelOfEffortDrives(Rejected):
    code = "loe_drives"


class PhaseHasStarted(Rejected):
    code = "phase_started"


class ConstraintDateMissing(Rejected):
    code = "constraint_date_missing"


class NotInPlan(Rejected):
    code = "not_in_plan"


class GateOpen(Rejected):
    code = "gate_open"


class NotReleased(Rejected):
    code = "not_released"


class NotFinished(Rejected):
    code = "not_finished"


class AlreadyEnded(Rejected):
    code = "already_ended"


class SupervisorExists(Rejected):
    code = "supervisor_exists"


class OverCapacity(Rejected):
    code = "over_capacity"


class OldRevision(Rejected):
    code = "old_revision"


class AlreadyClosed(Rejected):
    code = "already_closed"


class OverReservation(Rejected):
    code = "over_reservation"


class OverIssue(Rejected):
    code = "over_issue"


class StockSet(Rejected):
    code = "stock_set"


class AlreadyAccepted(Rejected):
    code = "already_accepted"


class CheckFailed(Rejected):
    """What is asked for contradicts what is known; the text names each contradiction."""

    code = "check_failed"


class OutsidePeriod(Rejected):
    code = "outside_period"


class EvMethodFixed(Rejected):
    code = "ev_method_fixed"


class Unreviewed(Rejected):
    code = "unreviewed"


class FindingOpen(Rejected):
    code = "finding_open"


class Unapproved(Rejected):
    code = "unapproved"


class AssessmentStale(Rejected):
    code = "assessment_stale"


class OwnerMissing(Rejected):
    code = "owner_missing"


class DecisionMissing(Rejected):
    code = "decision_missing"


class AlreadyOpen(Rejected):
    code = "already_open"


class LeadMissing(Rejected):
    code = "lead_missing"


class DepartmentMissing(Rejected):
    code = "department_missing"


class NotHeld(Rejected):
    code = "not_held"


class OwnerOrDueMissing(Rejected):
    code = "owner_or_due_missing"


class Disclosure(Rejected):
    """An answer rests on something that those it is for may not know."""

    code = "disclosure"


class PositionAhead(Rejected):
    code = "position_ahead"


class BranchEmpty(Rejected):
    code = "branch_empty"


class BranchTooLong(Rejected):
    code = "branch_too_long"


class MergeRefused(Rejected):
    """A request of a branch is refused by the project as it stands.

    ``ordinal`` is its place in the branch, ``inner`` the code it is refused with; its sentence is
    in this one.
    """

    code = "merge_refused"

    def __init__(self, message: str, ordinal: int, inner: str) -> None:
        super().__init__(message)
        self.ordinal = ordinal
        self.inner = inner


class DigestMismatch(Rejected):
    """A digest was named that is not the one Takt computes; None: there is nothing to compute."""

    code = "digest_mismatch"

    def __init__(
        self, named: str | None, computed: str | None, position: int, version: int
    ) -> None:
        found = "nothing" if computed is None else computed
        super().__init__(
            f"the digest named is {named}, but engine version {version} computes {found} at "
            f"position {position}: look at it again, and name that one or none"
        )

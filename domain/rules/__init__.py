"""Find what does not fit, event by event, without a clock and without sampling."""

from typing import Any, Final

from domain.rules.action_overdue import ActionOverdue
from domain.rules.assessment_stale import StaleAssessment
from domain.rules.backward_data import BackwardData
from domain.rules.buffer_fever import BufferFever
from domain.rules.contract_unreviewed import ContractUnreviewed
from domain.rules.contradiction import FactContradicts
from domain.rules.cost_index import CostIndex
from domain.rules.date_churn import DateChurn
from domain.rules.double_booking import DoubleBooking
from domain.rules.earned_schedule import EarnedScheduleLate
from domain.rules.estimate_missing import EstimateMissing
from domain.rules.finding import Cleared, Finding, Found, Rule
from domain.rules.finish_after_promise import FinishAfterPromise
from domain.rules.float_consumed import FloatConsumed
from domain.rules.implausible_finish import ImplausibleFinish
from domain.rules.inquiry_overdue import InquiryOverdue
from domain.rules.inspection_gap import InspectionGap
from domain.rules.late_change import LateChange
from domain.rules.manpower_gap import ManpowerGap
from domain.rules.material_after_start import MaterialAfterStart
from domain.rules.material_basis import StaleMaterialBasis
from domain.rules.meeting_departments import MeetingDepartmentMissing
from domain.rules.meeting_needed import MeetingNeeded
from domain.rules.meeting_preparation import MeetingUnprepared
from domain.rules.moved_not_told import MovedNotTold
from domain.rules.near_critical import NearCritical
from domain.rules.negative_float import NegativeFloat
from domain.rules.not_ordered import NotOrdered
from domain.rules.notice_period import NoticePeriod
from domain.rules.notice_unread import NoticeUnread
from domain.rules.obligation_at_risk import ObligationAtRisk
from domain.rules.optimism import Optimism
from domain.rules.optimistic_remainder import OptimisticRemainder
from domain.rules.outage_in_plan import OutageInPlan
from domain.rules.over_capacity import OverCapacity
from domain.rules.overtime_dependence import OvertimeDependence
from domain.rules.promise_churn import PromiseChurn
from domain.rules.promise_late import PromiseLate
from domain.rules.promise_unlikely import PromiseUnlikely
from domain.rules.receipt_past_due import ReceiptPastDue
from domain.rules.recovery import RecoveryNotCredible
from domain.rules.report_against_plant import ReportAgainstPlant
from domain.rules.report_incomplete import ReportIncomplete
from domain.rules.report_overdue import ReportOverdue
from domain.rules.request_unassessed import RequestUnassessed
from domain.rules.reschedule_out import RescheduleOut
from domain.rules.review_invalidated import ReviewInvalid
from domain.rules.schedule_quality import ScheduleQuality
from domain.rules.shortage import ShortOfItem
from domain.rules.silent_constraint import SilentConstraint
from domain.rules.stalled import Stalled
from domain.rules.start_missed import StartMissed
from domain.rules.successor_first import SuccessorFirst
from domain.rules.unconfirmed import Unconfirmed
from domain.rules.vendor_at_risk import VendorAtRisk

RULES: Final[tuple[Rule[Any], ...]] = (
    FactContradicts(),
    MaterialAfterStart(),
    ShortOfItem(),
    NotOrdered(),
    Unconfirmed(),
    PromiseLate(),
    VendorAtRisk(),
    ReceiptPastDue(),
    PromiseChurn(),
    RescheduleOut(),
    InspectionGap(),
    StaleMaterialBasis(),
    FinishAfterPromise(),
    SuccessorFirst(),
    NegativeFloat(),
    FloatConsumed(),
    BufferFever(),
    NearCritical(),
    StartMissed(),
    DateChurn(),
    SilentConstraint(),
    PromiseUnlikely(),
    ScheduleQuality(),
    OverCapacity(),
    DoubleBooking(),
    OutageInPlan(),
    ManpowerGap(),
    OvertimeDependence(),
    ReportOverdue(),
    ReportIncomplete(),
    ReportAgainstPlant(),
    Optimism(),
    Stalled(),
    ImplausibleFinish(),
    BackwardData(),
    CostIndex(),
    EarnedScheduleLate(),
    RecoveryNotCredible(),
    EstimateMissing(),
    OptimisticRemainder(),
    ContractUnreviewed(),
    ReviewInvalid(),
    ObligationAtRisk(),
    NoticePeriod(),
    MovedNotTold(),
    NoticeUnread(),
    MeetingDepartmentMissing(),
    MeetingUnprepared(),
    MeetingNeeded(),
    ActionOverdue(),
    InquiryOverdue(),
    RequestUnassessed(),
    LateChange(),
    StaleAssessment(),
)
"""Every rule, in the order in which they are asked."""

__all__ = ["RULES", "Cleared", "Finding", "Found", "Rule"]

"""What happened, told in sentences: every event has words, and they name the right things."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.calendars import events as calendars
from domain.commitments import events as commitments
from domain.conflicts import events as conflicts
from domain.contracts import events as contracts
from domain.disputes import events as disputes
from domain.estimates import events as estimates
from domain.inquiries import events as inquiries
from domain.items import events as items
from domain.kernel import corrections
from domain.kernel.messages import DomainEvent
from domain.kernel.values import Money
from domain.meetings import events as meetings
from domain.notices import events as notices
from domain.phases import events as phases
from domain.plans import events as plans
from domain.projects import events as projects
from domain.publications import events as publications
from domain.rates import events as rates
from domain.reports import events as reports
from domain.requirements import events as requirements
from domain.resources import events as resources
from domain.special_requests import events as special_requests
from projections.latest import TOLD, sentence, why
from projections.teller import hours, units
from tests.unit.projections.histories import PROJECT, History, at

BERLIN = ZoneInfo("Europe/Berlin")
EVENTS = {
    event
    for module in (
        calendars,
        corrections,
        commitments,
        conflicts,
        estimates,
        contracts,
        items,
        phases,
        plans,
        projects,
        rates,
        reports,
        requirements,
        resources,
        special_requests,
        meetings,
        inquiries,
        notices,
        publications,
        disputes,
    )
    for event in module.EVENTS
}


def told(stream: str, event: DomainEvent) -> str:
    """Return the sentence of one event in a project whose only named phase is weld."""
    (recorded,) = History().record(stream, event).events
    return sentence(recorded, {"weld": "Frame welding"}.get, BERLIN)


def test_every_event_of_the_catalogue_has_words_of_its_own() -> None:
    assert len(EVENTS) > 50
    assert TOLD == EVENTS


@pytest.mark.parametrize(
    ("stream", "event", "words"),
    [
        (
            f"phase-{PROJECT}/weld",
            phases.PhaseStarted(actual_start=at("2026-03-02 08:00")),
            "“Frame welding” started 2026-03-02 09:00",
        ),
        (
            f"phase-{PROJECT}/weld",
            phases.ProgressRecorded(
                remaining_min=90, physical_bp=4_000, qty_scrap=Decimal(2), basis="count"
            ),
            "“Frame welding”: 1 h 30 min of work remain, 40 % done, 2 scrapped",
        ),
        (
            f"plan-{PROJECT}",
            plans.CompletionDateAdjusted(
                phase_id="weld",
                old=at("2026-03-04 16:00"),
                new=at("2026-03-06 16:00"),
                means="deadline_only",
            ),
            (
                "“Frame welding” is to be completed by 2026-03-06 17:00 (was 2026-03-04 17:00), "
                "by its deadline only"
            ),
        ),
        (
            f"plan-{PROJECT}",
            plans.ResourceRequirementSet(phase_id="weld", resource_id="robot", milli=1_500),
            "“Frame welding” needs robot, 1.5 of it",
        ),
        (
            "commitment-PO-1",
            commitments.PromiseDateMoved(
                old=date(2026, 3, 9), new=date(2026, 3, 12), told_by="Fluxtec", channel="email"
            ),
            "PO-1: Fluxtec now promises 2026-03-12 (was 2026-03-09)",
        ),
        (
            "commitment-PO-1",
            commitments.CommitmentRevised(revision=2, need_by=date(2026, 3, 9)),
            "PO-1: revision 2, needed by 2026-03-09",
        ),
        (
            "requirement-R-1",
            requirements.RequirementIdentified(phase="weld", item="rod", qty=Decimal(4), uom="KGM"),
            "“Frame welding” needs 4 KGM of rod (R-1)",
        ),
        (
            "requirement-R-1",
            requirements.RequirementChanged(qty=Decimal(5), offset_min=480, priority=1),
            "R-1: needed otherwise, quantity 5, 8 h before the start, priority 1",
        ),
        (
            f"item-{PROJECT}/rod",
            items.LeadTimeRevised(value=9, unit="days", vendor="Fluxtec"),
            "rod: takes 9 days from order to receipt (Fluxtec)",
        ),
        (
            f"item-{PROJECT}/rod",
            items.LeadTimeRevised(value=960, unit="working_min"),
            "rod: takes 16 h of work from order to receipt",
        ),
        (
            f"item-{PROJECT}/rod",
            items.StockAdjusted(delta=Decimal(-2), location="annex"),
            "rod: stock adjusted by -2 at annex",
        ),
        (
            f"item-{PROJECT}/rod",
            items.SubstituteApproved(
                item="rod-b", ratio=Decimal(1), by="c.meyer", until=date(2026, 4, 1)
            ),
            "rod: rod-b may stand in for it, approved by c.meyer until 2026-04-01",
        ),
        (
            "commitment-PO-1",
            commitments.ExpediteAnswered(answer="partly", date=date(2026, 3, 10)),
            "PO-1: asked to come sooner, the vendor agreed in part, promised for 2026-03-10",
        ),
        (
            "contract-C-1",
            contracts.ClauseRecorded(
                ref="7.2", kind="liquidated_damages", value="250000", unit="EUR/day"
            ),
            "Contract C-1: clause 7.2, liquidated damages: 250000 EUR/day",
        ),
        (
            "contract-C-1",
            contracts.ContractAmended(version=2),
            "Contract C-1 amended: version 2, nothing named changed",
        ),
        (
            "request-SR-9",
            special_requests.ImpactAssessed(
                days=Decimal("3.00"),
                effort_min=1_440,
                money=Money(minor=1_250_000, currency="EUR"),
                assessed_at_position=4,
            ),
            ("Request SR-9: it would take 3.00 working days more and 12,500.00 EUR"),
        ),
        (
            "meeting-M-1",
            meetings.AttendeeInvited(party="anna", attendance="required", department_id="paint"),
            "Meeting M-1: anna invited for paint (required)",
        ),
        (
            "meeting-M-1",
            meetings.InvitationAnswered(party="anna", answer="DELEGATED", delegate="ben"),
            "Meeting M-1: anna answered: delegated to ben",
        ),
        (
            "inquiry-Q-1",
            inquiries.InquiryReceived(
                from_party="Brauhaus", channel="email", text="When?", due=at("2026-03-06 14:00")
            ),
            "Inquiry Q-1 of Brauhaus by email, wanted by 2026-03-06 15:00: When?",
        ),
        (
            f"calendar-{PROJECT}/plant",
            calendars.CalendarExceptionAdded(date=date(2026, 5, 1), kind="short_day"),
            "Calendar plant: 2026-05-01 is a short day",
        ),
        (
            f"project-{PROJECT}",
            projects.SchedulingPolicySet(critical="longest_path", material_drives=True),
            "Scheduling policy set: critical longest_path, material drives True",
        ),
        (
            f"report-{PROJECT}/welding/2026-W10",
            reports.ReportSubmitted(as_of=at("2026-03-06 14:00")),
            "Report welding 2026-W10 came, as of 2026-03-06 15:00",
        ),
    ],
)
def test_a_sentence_names_people_things_and_days(
    stream: str, event: DomainEvent, words: str
) -> None:
    assert told(stream, event) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 h"), (45, "45 min"), (60, "1 h"), (750, "12 h 30 min")]
)
def test_working_time_is_told_in_hours_and_minutes(minutes: int, words: str) -> None:
    assert hours(minutes) == words


@pytest.mark.parametrize(("milli", "words"), [(1_000, "1"), (1_500, "1.5"), (250, "0.25")])
def test_capacity_is_told_in_units(milli: int, words: str) -> None:
    assert units(milli) == words


def test_without_a_reason_nothing_is_said_of_it() -> None:
    (recorded,) = History().project(projects.ProjectHeld()).events
    assert why(recorded) is None

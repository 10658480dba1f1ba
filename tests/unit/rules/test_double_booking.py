"""Rule C2 against allocations that overlap by days worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.resources.events import AllocationChanged, AllocationReleased
from domain.rules import Cleared, Finding
from domain.rules.double_booking import DoubleBooking
from tests.unit.projections.histories import History, at
from tests.unit.rules.crews import CREW, a_crew, allocated
from tests.unit.rules.findings import last, told

RULE = DoubleBooking()


def booked(second_since: str = "2026-03-03 08:00", milli: int = 1_000) -> History:
    """Hold the crew for cutting from Monday to Wednesday, and for welding until Thursday."""
    history = a_crew().phase("cut", 3).phase("weld", 3)
    allocated(history, "A1", "cut", "2026-03-02 08:00", "2026-03-04 17:00", milli)
    return allocated(history, "A2", "weld", second_since, "2026-03-05 17:00", milli)


def test_a_second_allocation_of_the_same_days_is_found() -> None:
    assert told(RULE, booked()) == [
        Finding(
            rule="double_booking",
            rule_version=1,
            kind="resource",
            subjects=(CREW,),
            severity="medium",
            impact_days=Decimal("2.00"),
            summary="Crew is allocated twice for 2.00 working days from 2026-03-03 on: Cut, Weld",
            evidence=(7, 8),
            first_position=8,
            act_by=date(2026, 3, 3),
            remedies=(
                "allocate somebody or something else",
                "move one of the allocations",
            ),
        )
    ]


def test_one_after_the_other_is_no_double_booking() -> None:
    assert told(RULE, booked("2026-03-04 17:00")) == []


def test_shares_that_fit_into_one_are_none() -> None:
    assert told(RULE, booked(milli=500)) == []


def test_a_crew_of_two_is_no_single_resource() -> None:
    history = a_crew(2_000).phase("cut", 3).phase("weld", 3)
    allocated(history, "A1", "cut", "2026-03-02 08:00", "2026-03-04 17:00", 2_000)
    allocated(history, "A2", "weld", "2026-03-02 08:00", "2026-03-04 17:00", 2_000)
    assert told(RULE, history) == []


def test_an_overbooking_that_somebody_accepted_weighs_little() -> None:
    history = a_crew().phase("cut", 3).phase("weld", 3)
    allocated(history, "A1", "cut", "2026-03-02 08:00", "2026-03-04 17:00")
    allocated(history, "A2", "weld", "2026-03-02 08:00", "2026-03-04 17:00", accepted_by="anna")
    assert last(RULE, history).severity == "low"


def test_the_float_of_the_phase_that_has_most_takes_it() -> None:
    history = a_crew().phase("cut", 3).phase("weld", 3).phase("paint", 5)
    allocated(history, "A1", "cut", "2026-03-02 08:00", "2026-03-04 17:00")
    allocated(history, "A2", "weld", "2026-03-02 08:00", "2026-03-04 17:00")
    assert last(RULE, history).impact_days == Decimal("1.00")


def test_it_clears_when_one_is_moved_or_released() -> None:
    gone = Cleared("double_booking", (CREW,), "No allocations overlap any more")
    history = booked().record(CREW, AllocationReleased(allocation_id="A1"))
    assert told(RULE, history)[1:] == [gone]
    moved = AllocationChanged(
        allocation_id="A2",
        since=at("2026-03-05 08:00"),
        until=at("2026-03-06 17:00"),
        milli_units=1_000,
    )
    assert told(RULE, booked().record(CREW, moved))[1:] == [gone]


def test_what_is_past_by_the_data_date_is_cleared() -> None:
    history = booked().data_date("2026-03-05 08:00")
    assert isinstance(told(RULE, history)[-1], Cleared)

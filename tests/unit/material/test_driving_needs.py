"""Hold phases to what is ordered for their requirements, where material drives the schedule."""

from datetime import date

from domain.commitments.events import PromiseDateMoved
from domain.kernel.messages import DomainEvent
from domain.kernel.minutes import instant_of
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.planning.network import Driver
from domain.projects.events import SchedulingPolicySet
from domain.requirements.events import RequirementCancelled, RequirementChanged
from projections.checkpoints import body_of, picture_of
from projections.checkpoints_contract import Kept
from tests.unit.material.projects import a_mixer, ordered, state_of
from tests.unit.projections.histories import History, at

ON_THURSDAY = ordered(6, "2026-03-05", "rod", "R-1")
PLANNED = (at("2026-03-04 08:00"), Driver("predecessor", "L1"))
HELD = (at("2026-03-09 08:00"), Driver("commitment", "PO-2"))


def start_of_welding(history: History) -> tuple[object, Driver]:
    network, _ = state_of(history)
    schedule = network.schedule()
    assert schedule is not None
    row = schedule.phases["weld"]
    return instant_of(row.start), row.driver


def driven(*events: tuple[str, DomainEvent], drives: bool = True) -> History:
    history = a_mixer().project(SchedulingPolicySet(material_drives=drives))
    for stream, event in events:
        history.record(stream, event)
    return history


def test_what_is_ordered_for_a_requirement_holds_its_phase_by_its_offset() -> None:
    """It comes by Thursday evening and is needed a working day before the start: on Monday."""
    order = ("commitment-PO-2", ON_THURSDAY)
    assert start_of_welding(driven(order)) == HELD
    assert start_of_welding(driven(order, drives=False)) == PLANNED
    assert start_of_welding(driven()) == PLANNED


def test_a_phase_is_held_whichever_of_order_and_requirement_is_known_first() -> None:
    history = History().opened().calendar("plant")
    history.project(SchedulingPolicySet(material_drives=True))
    history.record("commitment-PO-2", ON_THURSDAY)
    for recorded in a_mixer().events[3:]:
        history.record(recorded.stream, recorded.event)
    assert start_of_welding(history) == HELD


def test_a_vendor_a_change_and_a_cancellation_move_the_phase() -> None:
    order = ("commitment-PO-2", ON_THURSDAY)
    sooner = PromiseDateMoved(new=date(2026, 3, 3), told_by="desk", channel="phone")
    assert start_of_welding(driven(order, ("commitment-PO-2", sooner)))[0] == at("2026-03-05 08:00")
    at_once = RequirementChanged(offset_min=0)
    assert start_of_welding(driven(order, ("requirement-R-1", at_once)))[0] == at(
        "2026-03-06 08:00"
    )
    cancelled = ("requirement-R-1", RequirementCancelled())
    assert start_of_welding(driven(order, cancelled)) == PLANNED
    assert start_of_welding(driven(cancelled, order)) == PLANNED


def test_a_checkpoint_keeps_whom_an_order_is_for() -> None:
    network, _ = state_of(driven(("commitment-PO-2", ON_THURSDAY)))
    picture, _ = picture_of(body_of(Kept(1, network, 0, begun=True)))
    read_back: ProjectNetwork = picture.state()[0]
    slipped = PromiseDateMoved(new=date(2026, 3, 12), told_by="desk", channel="phone")
    history = driven(("commitment-PO-2", ON_THURSDAY), ("commitment-PO-2", slipped))
    fold(read_back, history.events[-1])
    schedule = read_back.schedule()
    assert schedule is not None
    assert instant_of(schedule.phases["weld"].start) == start_of_welding(history)[0]
    assert start_of_welding(history)[0] == at("2026-03-16 08:00")

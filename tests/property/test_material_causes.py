"""Law of causes: looking only at what an event is about finds what looking at everything finds."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commitments.events import CommitmentCancelled, PromiseDateMoved, ReceiptPosted
from domain.items.events import IssuedToPhase, LeadTimeRevised, StockAdjusted
from domain.kernel.messages import DomainEvent
from domain.material.causes import causes_of
from domain.material.known import KnownMaterial
from domain.material.problem import problem_of
from domain.material.shortages import short_of
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.phases.events import PhaseFinished, PhaseStarted
from domain.planning.netting import plan_material
from domain.plans.events import PhaseDurationRevised
from domain.projects.events import DataDateAdvanced
from domain.requirements.events import RequirementChanged, RequirementIdentified
from tests.unit.material.projects import a_mixer, bom, counted, d, item, ordered
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History

ITEMS = frozenset({"rod", "pump", "seal"})
MARCH = date(2026, 3, 1)
smalls = st.integers(0, 12)
names = st.sampled_from(sorted(ITEMS))

happenings: st.SearchStrategy[tuple[str, DomainEvent]] = st.one_of(
    st.tuples(names.map(item), smalls.map(counted)),
    st.tuples(names.map(item), smalls.map(lambda qty: StockAdjusted(delta=d(qty - 6)))),
    st.tuples(names.map(item), st.just(IssuedToPhase(requirement="R-1", qty=d(2)))),
    st.tuples(names.map(item), smalls.map(lambda v: LeadTimeRevised(value=v, unit="days"))),
    st.tuples(st.just(item("pump")), st.lists(smalls.map(lambda n: n + 1), max_size=2).map(
        lambda seals: bom(*seals)
    )),
    st.tuples(
        st.sampled_from(["requirement-R-1", "requirement-R-2"]),
        smalls.map(lambda qty: RequirementChanged(qty=d(qty + 1))),
    ),
    st.tuples(
        st.just("commitment-PO-1"),
        st.one_of(
            smalls.map(
                lambda n: PromiseDateMoved(
                    new=MARCH + timedelta(days=n), told_by="desk", channel="phone"
                )
            ),
            st.just(ReceiptPosted(qty=d(3), at=MONDAY)),
        ),
    ),
    st.tuples(
        st.just(f"plan-{PROJECT}"),
        smalls.map(
            lambda days: PhaseDurationRevised(phase_id="cut", old_min=0, new_min=days * DAY)
        ),
    ),
    st.tuples(
        st.just(f"phase-{PROJECT}/weld"),
        st.sampled_from(
            [PhaseStarted(actual_start=MONDAY), PhaseFinished(actual_finish=MONDAY)]
        ),
    ),
    st.tuples(
        st.just(f"project-{PROJECT}"),
        smalls.map(lambda n: DataDateAdvanced(data_date=MONDAY + timedelta(days=n))),
    ),
)  # fmt: skip
LAST: tuple[tuple[str, DomainEvent], ...] = (
    ("commitment-PO-2", ordered(3, "2026-03-03", "seal")),
    ("requirement-R-3", RequirementIdentified(phase="cut", item="seal", qty=d(3), uom="H87")),
    ("commitment-PO-1", CommitmentCancelled()),
)


def by_looking_at_everything(history: History) -> dict[str, int]:
    """Return the position of the last event after which each item was short, seen from scratch."""
    network, known = ProjectNetwork(PROJECT), KnownMaterial()
    found: dict[str, int] = {}
    before: set[str] = set()
    for recorded in history.events:
        fold(network, recorded)
        known.fold(recorded)
        problem = problem_of(network, known)
        short: set[str] = set()
        if problem is not None:
            asked = (problem.items, problem.demands, problem.receipts, problem.now)
            plan = plan_material(*asked)
            short = {name for name in plan if short_of(plan[name], problem.now) is not None}
        for name in short - before:
            found[name] = recorded.position
        for name in before - short:
            found.pop(name, None)
        before = short
    return found


@settings(max_examples=150)
@given(st.lists(happenings, max_size=12), st.booleans())
def test_looking_at_what_an_event_is_about_finds_what_looking_at_everything_finds(
    told: list[tuple[str, DomainEvent]],
    and_more: bool,  # noqa: FBT001
) -> None:
    history = a_mixer()
    for stream, event in (*told, *LAST) if and_more else told:
        history.record(stream, event)
    found = causes_of(ProjectNetwork(PROJECT), KnownMaterial(), history.events, ITEMS)
    assert {
        name: cause.recorded.position for name, cause in found.items()
    } == by_looking_at_everything(history)

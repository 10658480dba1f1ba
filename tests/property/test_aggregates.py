"""Hold aggregates to their laws: no history is impossible, and the order of arrival is nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.commitments import commands as orders
from domain.commitments import decisions as commitments
from domain.commitments import events as line
from domain.commitments.facts import Standing, line_of
from domain.conflicts import commands as on_conflict
from domain.conflicts import decisions as conflicts
from domain.kernel.decider import Decider
from domain.kernel.messages import Asked, Command, DomainEvent, Recorded
from domain.kernel.refusals import DomainError
from domain.phases import commands as on_phase
from domain.phases import decisions as phases
from domain.phases import events as work
from domain.phases.contradictions import Accounting
from domain.phases.facts import execution_of
from domain.projects import commands as on_project
from domain.projects import decisions as projects
from tests.builders import ASKED, COORDINATOR_ID, LATE_MATERIAL, MONDAY, PROJECT, envelope

PHASE = f"phase-{PROJECT}/weld"
LINE = "PO-1.1"
COMMITMENT = f"commitment-{LINE}"

moments = st.integers(0, 40).map(lambda hours: MONDAY + timedelta(hours=hours))
quantities = st.integers(0, 12).map(Decimal)
days = st.dates(MONDAY.date(), MONDAY.date() + timedelta(days=20))

phase_facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(work.PhaseStarted, actual_start=moments),
    st.builds(
        work.ProgressRecorded,
        remaining_min=st.integers(0, 900),
        physical_bp=st.none() | st.integers(0, 10_000),
        qty_good=st.none() | quantities,
        expected_finish=st.none() | moments,
        basis=st.sampled_from(["report", "count", "measured"]),
    ),
    st.builds(work.PhaseInterrupted, at=moments, stop_code=st.sampled_from(["a", "b"])),
    st.builds(work.PhaseResumed, at=moments),
    st.builds(work.PhaseFinished, actual_finish=moments),
    st.just(work.PhaseAborted()),
)
phase_requests = st.sampled_from(
    [
        on_phase.ReleasePhase(project_id=PROJECT, phase_id="weld"),
        on_phase.RevokeRelease(project_id=PROJECT, phase_id="weld"),
        on_phase.RecordProgress(project_id=PROJECT, phase_id="weld", remaining_min=60),
        on_phase.ReopenPhase(project_id=PROJECT, phase_id="weld", reason=LATE_MATERIAL),
        on_phase.AbortPhase(project_id=PROJECT, phase_id="weld", reason=LATE_MATERIAL),
    ]
)
commitment_facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(line.CommitmentSent, revision=st.integers(1, 4), channel=st.just("email")),
    st.builds(
        line.CommitmentAcknowledged,
        revision=st.integers(1, 4),
        status=st.sampled_from(["accepted", "on_hold", "rejected"]),
        promised_date=st.none() | days,
    ),
    st.builds(line.PromiseDateMoved, new=days, told_by=st.just("desk"), channel=st.just("phone")),
    st.builds(line.ShipmentNotified, qty=quantities, eta=days),
    st.builds(line.ReceiptPosted, qty=quantities, at=moments),
    st.builds(
        line.ExpediteAnswered,
        answer=st.sampled_from(["accepted", "partly", "refused"]),
        date=st.none() | days,
    ),
    st.builds(line.InspectionPassed, qty=quantities),
    st.builds(line.InspectionFailed, qty=quantities),
)
commitment_requests: st.SearchStrategy[Command] = st.one_of(
    st.just(
        orders.RequestCommitment(
            project_id=PROJECT,
            commitment_id=LINE,
            vendor="Fluxtec",
            kind="goods",
            item="valve",
            qty=Decimal(10),
            uom="H87",
            need_by=MONDAY.date(),
        )
    ),
    st.builds(
        orders.ReviseCommitment,
        project_id=st.just(PROJECT),
        commitment_id=st.just(LINE),
        need_by=days,
        qty=st.integers(1, 12).map(Decimal),
        reason=st.just(LATE_MATERIAL),
    ),
    st.builds(
        orders.SendCommitment,
        project_id=st.just(PROJECT),
        commitment_id=st.just(LINE),
        revision=st.integers(1, 4),
        channel=st.sampled_from(["email", "portal"]),
    ),
    st.builds(
        orders.RequestExpedite,
        project_id=st.just(PROJECT),
        commitment_id=st.just(LINE),
        wanted=days,
    ),
    st.just(
        orders.ShortCloseCommitment(project_id=PROJECT, commitment_id=LINE, reason=LATE_MATERIAL)
    ),
    st.just(orders.CancelCommitment(project_id=PROJECT, commitment_id=LINE, reason=LATE_MATERIAL)),
)


def recorded(
    event: DomainEvent, at: datetime, stream: str, version: int, *, is_fact: bool
) -> Recorded[Any]:
    door = envelope(event, at, version, "fact" if is_fact else "request")
    return Recorded(event, door, stream, version, version)


def lived(
    decider: Decider[Any, Any],
    stream: str,
    others: object,
    messages: Sequence[tuple[DomainEvent | Command, datetime]],
) -> tuple[Any, list[Recorded[Any]]]:
    """Take facts in as they come and decide requests; return the state and the history."""
    state: Any = decider.initial()
    history: list[Recorded[Any]] = []
    for place, (message, at) in enumerate(messages):
        is_fact = isinstance(message, DomainEvent)
        events: Sequence[DomainEvent] = (message,) if isinstance(message, DomainEvent) else ()
        asked_at = MONDAY + timedelta(hours=place)
        if isinstance(message, Command):
            asked = Asked(at=asked_at, principal=ASKED.principal)
            try:
                events = decider.decide(message, state, asked, others)
            except DomainError:
                continue
        for event in events:
            when = at if is_fact else asked_at
            known = recorded(event, when, stream, len(history) + 1, is_fact=is_fact)
            state = decider.evolve(state, known)
            history.append(known)
        if isinstance(message, Command) and not isinstance(message, on_phase.RecordProgress):
            asked = Asked(at=asked_at, principal=ASKED.principal)
            assert decider.decide(message, state, asked, others) == (), "a repeat changes nothing"
    return state, history


@given(st.lists(st.tuples(st.one_of(phase_facts, phase_requests), moments), max_size=30))
def test_no_mix_of_facts_and_requests_of_a_phase_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = phases.Surroundings(in_plan=True, plan_version=1)
    state, history = lived(phases.DECIDER, PHASE, others, messages)
    assert phases.DECIDER.fold(history) == state
    assert execution_of(history) == state.execution
    assert Accounting(state.execution).now == state.actuals


@given(st.lists(st.tuples(st.one_of(commitment_facts, commitment_requests), moments), max_size=30))
def test_no_mix_of_facts_and_requests_of_a_commitment_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = commitments.Surroundings(project_exists=True)
    state, history = lived(commitments.DECIDER, COMMITMENT, others, messages)
    assert commitments.DECIDER.fold(history) == state
    assert line_of(history) == state.line


def apart(facts: Sequence[DomainEvent]) -> list[tuple[DomainEvent, datetime]]:
    """Give each fact a moment of its own, in the order in which it was true."""
    return [(fact, MONDAY + timedelta(hours=place)) for place, fact in enumerate(facts)]


def arrived(facts: Sequence[tuple[DomainEvent, datetime]], stream: str) -> list[Recorded[Any]]:
    return [
        recorded(fact, at, stream, version, is_fact=True)
        for version, (fact, at) in enumerate(facts, 1)
    ]


@given(st.lists(phase_facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_a_phase_add_up_to_the_same_in_any_order_of_arrival(
    facts: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(facts)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (execution_of(arrived(each, PHASE)) for each in (in_time, shuffled))
    assert second.actuals == first.actuals
    assert [(known.code, known.fact.event) for known in Accounting(second).found] == [
        (known.code, known.fact.event) for known in Accounting(first).found
    ]


@given(st.lists(commitment_facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_a_commitment_add_up_to_the_same_in_any_order_of_arrival(
    facts: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(facts)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (line_of(arrived(each, COMMITMENT)).standing() for each in (in_time, shuffled))
    assert in_no_order(second) == in_no_order(first)


def in_no_order(now: Standing) -> tuple[Any, ...]:
    """Return what a standing says, whatever the places of its facts in the stream."""
    said = replace(now, promised_of=None, contradictions=())
    return said, [(known.code, known.fact.event) for known in now.contradictions]


@given(st.lists(phase_facts, max_size=10))
def test_facts_reported_a_second_time_change_nothing_they_add_up_to(
    facts: list[DomainEvent],
) -> None:
    once = apart(facts)
    twice = [told for told in once for _ in range(2)]
    assert execution_of(arrived(twice, PHASE)).actuals == execution_of(arrived(once, PHASE)).actuals


project_requests = st.one_of(
    st.sampled_from(
        [
            on_project.OpenProject(
                project_id=PROJECT, name="Line", zone="UTC", calendar_id="c", start=MONDAY
            ),
            on_project.HoldProject(project_id=PROJECT, reason=LATE_MATERIAL),
            on_project.ResumeProject(project_id=PROJECT),
            on_project.CloseProject(project_id=PROJECT),
            on_project.CancelProject(project_id=PROJECT, reason=LATE_MATERIAL),
        ]
    ),
    st.builds(on_project.AdvanceDataDate, project_id=st.just(PROJECT), data_date=moments),
    st.builds(
        on_project.SetPromise,
        project_id=st.just(PROJECT),
        to_party=st.sampled_from(["A", "B"]),
        deliverable=st.just("line"),
        promised_date=days,
        contract_ref=st.sampled_from([None, "C-1"]),
        reason=st.sampled_from([None, LATE_MATERIAL]),
    ),
    st.builds(
        on_project.ApproveBaseline,
        project_id=st.just(PROJECT),
        name=st.sampled_from(["B1", "B2"]),
        at_position=st.integers(0, 12),
    ),
    st.builds(
        on_project.SetSchedulingPolicy,
        project_id=st.just(PROJECT),
        material_drives=st.sampled_from([None, True, False]),
        critical=st.sampled_from([None, "total_float", "longest_path"]),
    ),
    st.builds(
        on_project.SetRule,
        project_id=st.just(PROJECT),
        rule=st.sampled_from(["drift", "unknown"]),
        on=st.sampled_from([None, True, False]),
        parameters=st.sampled_from([None, {"margin": 1}, {"margin": 2}]),
    ),
    st.builds(
        on_project.AppointDelegate,
        project_id=st.just(PROJECT),
        role=st.sampled_from(["coordinator", "department_head"]),
        from_party=st.sampled_from(["anna", "bert"]),
        to_party=st.just("carla"),
        first_day=st.just(date(2026, 3, 2)),
        last_day=st.sampled_from([None, date(2026, 3, 2), date(2026, 3, 9)]),
    ),
    st.builds(
        on_project.IssueHandover,
        project_id=st.just(PROJECT),
        role=st.just("coordinator"),
        from_party=st.sampled_from([None, "anna"]),
        to_party=st.sampled_from(["anna", "bert"]),
        at_position=st.sampled_from([9, 11]),
        digest=st.sampled_from(["a" * 64, "b" * 64]),
    ),
    st.builds(
        on_project.AcceptHandover,
        project_id=st.just(PROJECT),
        role=st.just("coordinator"),
        from_party=st.sampled_from(["anna", COORDINATOR_ID]),
        to_party=st.sampled_from([None, "bert"]),
        at_position=st.just(9),
        digest=st.sampled_from(["a" * 64, "b" * 64]),
    ),
)


@given(st.lists(st.tuples(project_requests, moments), max_size=25))
def test_no_order_of_requests_on_a_project_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = projects.Surroundings(
        head_position=10, rules={"drift": frozenset({"margin"})}, digest="a" * 64, engine_version=1
    )
    state, history = lived(projects.DECIDER, f"project-{PROJECT}", others, messages)
    assert projects.DECIDER.fold(history) == state


def asked_of_conflict(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"project_id": PROJECT, "conflict_id": "cf-1", **fields})


conflict_requests: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        on_conflict.DetectConflict,
        project_id=st.just(PROJECT),
        conflict_id=st.just("cf-1"),
        rule=st.just("S4"),
        rule_version=st.just(1),
        kind=st.just("schedule"),
        subjects=st.just((PHASE,)),
        summary=st.sampled_from(["late", "later"]),
        severity=st.sampled_from(["low", "medium", "high", "critical"]),
        impact_days=quantities,
        first_position=st.just(1),
    ),
    st.sampled_from(
        [
            asked_of_conflict(on_conflict.ClearConflict, because="gone"),
            asked_of_conflict(
                on_conflict.RaiseConflict, kind="resource", subjects=(PHASE,), summary="The bay"
            ),
            asked_of_conflict(on_conflict.AcknowledgeConflict),
            asked_of_conflict(on_conflict.AssignConflict, owner=COORDINATOR_ID, due=MONDAY),
            asked_of_conflict(on_conflict.ProposeOption, option_id="o", effect="e"),
            asked_of_conflict(on_conflict.ResolveConflict, mode="direct", decision="So be it"),
            asked_of_conflict(on_conflict.DismissConflict, reason=LATE_MATERIAL),
            asked_of_conflict(
                on_conflict.DismissConflict,
                reason=LATE_MATERIAL,
                until=MONDAY + timedelta(hours=9),
            ),
            asked_of_conflict(on_conflict.ReopenConflict, reason=LATE_MATERIAL),
        ]
    ),
)


@given(st.lists(st.tuples(conflict_requests, moments), max_size=25))
def test_no_order_of_requests_on_a_conflict_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = conflicts.Surroundings(project_exists=True)
    state, history = lived(conflicts.DECIDER, "conflict-cf-1", others, messages)
    assert conflicts.DECIDER.fold(history) == state
    decided = [type(known.event).__name__ for known in history]
    resolutions = [place for place, name in enumerate(decided) if name == "ConflictResolved"]
    assert all("ConflictAssigned" in decided[:place] for place in resolutions)

"""Hold requirements and items to their laws: no history is impossible, arrival order is nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.items import commands as on_item
from domain.items import decisions as items
from domain.items import events as stock
from domain.items.facts import timeline_of
from domain.kernel.messages import Asked, Command, DomainEvent, Recorded
from domain.kernel.refusals import DomainError
from domain.requirements import commands as on_requirement
from domain.requirements import decisions as requirements
from tests.builders import ASKED, LATE_MATERIAL, MONDAY, PROJECT
from tests.property.test_aggregates import apart, arrived, lived, recorded

ITEM = f"item-{PROJECT}/valve"
REQUIREMENT = "requirement-R-1"

moments = st.integers(0, 40).map(lambda hours: MONDAY + timedelta(hours=hours))
amounts = st.integers(1, 12).map(Decimal)
needs = st.sampled_from(["R-1", "R-2"])
places = st.sampled_from([None, "main", "annex"])

item_facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(
        stock.StockCounted,
        location=st.sampled_from(["main", "annex"]),
        qty=st.integers(0, 20).map(Decimal),
        at=moments,
    ),
    st.builds(stock.IssuedToPhase, requirement=needs, qty=amounts, location=places),
    st.builds(stock.ReturnedFromPhase, requirement=needs, qty=amounts, location=places),
    st.builds(stock.StockAdjusted, delta=st.integers(-9, 9).map(Decimal), location=places),
    st.builds(stock.LeadTimeRevised, value=st.integers(0, 9), unit=st.just("days")),
    st.builds(stock.BomRevised, revision=st.sampled_from(["A", "B"])),
)
item_requests: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        on_item.Reserve,
        project_id=st.just(PROJECT),
        item_id=st.just("valve"),
        requirement=needs,
        qty=amounts,
    ),
    st.builds(
        on_item.Unreserve,
        project_id=st.just(PROJECT),
        item_id=st.just("valve"),
        requirement=needs,
        qty=amounts,
    ),
    st.builds(
        on_item.AdjustStock,
        project_id=st.just(PROJECT),
        item_id=st.just("valve"),
        delta=st.integers(-9, 9).map(Decimal),
        location=places,
        reason=st.just(LATE_MATERIAL),
    ),
)
requirement_requests: st.SearchStrategy[Command] = st.one_of(
    st.just(
        on_requirement.IdentifyRequirement(
            project_id=PROJECT,
            requirement_id="R-1",
            phase="mount",
            item="valve",
            qty=Decimal(10),
            uom="H87",
        )
    ),
    st.builds(
        on_requirement.ChangeRequirement,
        project_id=st.just(PROJECT),
        requirement_id=st.just("R-1"),
        qty=st.none() | amounts,
        offset_min=st.none() | st.integers(0, 900),
        priority=st.none() | st.integers(1, 99),
        reason=st.just(LATE_MATERIAL),
    ),
    st.just(
        on_requirement.CancelRequirement(
            project_id=PROJECT, requirement_id="R-1", reason=LATE_MATERIAL
        )
    ),
)


@given(st.lists(st.tuples(requirement_requests, moments), max_size=20))
def test_no_order_of_requests_on_a_requirement_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = requirements.Surroundings(project_exists=True, reserved=Decimal(2))
    state, history = lived(requirements.DECIDER, REQUIREMENT, others, messages)
    assert requirements.DECIDER.fold(history) == state


@given(st.lists(st.one_of(item_facts, item_requests), max_size=30))
def test_no_more_is_ever_reserved_by_request_than_lies_there(
    messages: Sequence[DomainEvent | Command],
) -> None:
    """Everything happens in the order in which it is told, as in a plant that reports at once."""
    others = items.Surroundings(project_exists=True, needed=Decimal(1000))
    history: list[Recorded[Any]] = []
    state = items.DECIDER.initial()
    for place, message in enumerate(messages):
        at = MONDAY + timedelta(hours=place)
        is_fact = isinstance(message, DomainEvent)
        if isinstance(message, Command):
            asked = Asked(at=at, principal=ASKED.principal)
            try:
                events = items.DECIDER.decide(message, state, asked, others)
            except DomainError:
                continue
        else:
            events = (message,)
        for event in events:
            known = recorded(event, at, ITEM, len(history) + 1, is_fact=is_fact)
            state = items.DECIDER.evolve(state, known)
            history.append(known)
            if isinstance(event, stock.Reserved):
                now = state.standing
                assert now.reserved_in_all <= now.on_hand
    assert items.DECIDER.fold(history) == state
    assert timeline_of(history) == state.timeline


@given(st.lists(item_facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_an_item_add_up_to_the_same_in_any_order_of_arrival(
    facts: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(facts)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (timeline_of(arrived(each, ITEM)).standing() for each in (in_time, shuffled))
    assert (second.stock, second.reserved, second.issued) == (
        first.stock,
        first.reserved,
        first.issued,
    )
    for one, other in ((first.bom, second.bom), (first.lead_time, second.lead_time)):
        assert (None if one is None else one.event) == (None if other is None else other.event)
    assert [(each.code, each.fact.event) for each in second.contradictions] == [
        (each.code, each.fact.event) for each in first.contradictions
    ]

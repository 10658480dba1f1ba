"""Hold disputes to their laws: no history of requests is impossible, and one is open at a time."""

from datetime import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.disputes.commands import DisputeReason, SettleDispute
from domain.disputes.decisions import DECIDER, Surroundings
from domain.disputes.events import ReasonDisputed, stream_of_dispute
from domain.disputes.facts import disputes_of
from domain.kernel.messages import Command, DomainEvent
from domain.phases.events import PhaseStarted
from tests.builders import LATE_MATERIAL, MONDAY, PROJECT, REWORK, envelope
from tests.property.test_aggregates import lived, moments

TARGET = f"phase-{PROJECT}/weld:3"
SAID = envelope(PhaseStarted(actual_start=MONDAY), MONDAY, 3, reason=LATE_MATERIAL)

requests: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        DisputeReason,
        project_id=st.just(PROJECT),
        target=st.just(TARGET),
        proposed_reason=st.sampled_from([LATE_MATERIAL, REWORK]),
        proposed_responsible=st.sampled_from([None, "Norva"]),
        why=st.just("It lay there"),
    ),
    st.builds(
        SettleDispute,
        project_id=st.just(PROJECT),
        target=st.just(TARGET),
        outcome=st.sampled_from(["upheld", "changed", "withdrawn"]),
        text=st.sampled_from([None, "Heard both"]),
    ),
)


@given(st.lists(st.tuples(requests, moments), max_size=25))
def test_no_order_of_requests_on_a_dispute_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    state, history = lived(DECIDER, stream_of_dispute(TARGET), Surroundings(SAID), messages)
    assert DECIDER.fold(history) == state
    kinds = [isinstance(each.event, ReasonDisputed) for each in history]
    assert all(one is not other for one, other in pairwise(kinds))
    found = disputes_of(history)
    assert list(found.values()) == ([] if state.last is None else [state.last])

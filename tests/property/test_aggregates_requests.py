"""Hold special requests to their laws: no history is impossible, nothing unapproved is applied."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.messages import Command, DomainEvent
from domain.special_requests import commands as ask
from domain.special_requests import decisions as requests
from domain.special_requests import events as told
from domain.special_requests.facts import Standing, dossier_of
from tests.builders import MONDAY, PROJECT
from tests.property.test_aggregates import apart, arrived, lived, moments

REQUEST = "SR-1"
STREAM = f"request-{REQUEST}"
OTHERS = requests.Surroundings(
    effect=requests.Effect(Decimal(1), 60, ("weld",), 3), merged=True, written=("plan-PRJ-7@4",)
)
money = st.integers(1, 3).map(lambda euros: {"minor": 100 * euros, "currency": "EUR"})

facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(
        told.RequestIdentified,
        from_party=st.just("Brauhaus"),
        found_in=st.sampled_from(["email", "call"]),
        verbatim=st.sampled_from(["Blue", "Red"]),
        identified_by=st.just("anna"),
    ),
    st.builds(told.RequestApproved, by=st.just("Brauhaus")),
    st.just(told.RequestWithdrawn(by="Brauhaus")),
)


def asked(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"project_id": PROJECT, "request_id": REQUEST, **fields})


steps: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        lambda kind: asked(ask.ClassifyRequest, kind=kind), st.sampled_from(["spec", "date"])
    ),
    st.builds(lambda paid: asked(ask.AssessImpact, branch="b-1", money=paid), money),
    st.builds(lambda paid: asked(ask.QuoteRequest, money=paid), money),
    st.sampled_from(
        [
            asked(ask.RejectRequest),
            asked(ask.ApproveRequest),
            asked(ask.ApplyRequest),
            asked(ask.VerifyRequest, evidence="Seen"),
            asked(ask.InformCustomer, notice="N-1"),
        ]
    ),
)
identified = told.RequestIdentified(
    from_party="Brauhaus", found_in="call", verbatim="Blue", identified_by="anna"
)


@given(st.lists(st.tuples(st.one_of(facts, steps, steps), moments), max_size=30))
def test_no_mix_of_facts_and_steps_of_a_request_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    state, history = lived(requests.DECIDER, STREAM, OTHERS, [(identified, MONDAY), *messages])
    assert requests.DECIDER.fold(history) == state
    assert dossier_of(history) == state.dossier
    decided = [type(known.event).__name__ for known in history]
    applied = [place for place, name in enumerate(decided) if name == "RequestApplied"]
    assert len(applied) <= 1
    for place in applied:
        assert {"ImpactAssessed", "RequestApproved"} <= set(decided[:place])


@given(st.lists(facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_a_request_add_up_to_the_same_in_any_order_of_arrival(
    known: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(known)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (dossier_of(arrived(each, STREAM)).standing() for each in (in_time, shuffled))
    assert in_no_order(second) == in_no_order(first)


def in_no_order(now: Standing) -> tuple[Any, ...]:
    """Return what a standing says, whatever the places of its facts in the stream."""
    heard = [None if each is None else each.event for each in (now.identified, now.withdrawn)]
    return now.stage, heard, [each.event for each in now.approvals]

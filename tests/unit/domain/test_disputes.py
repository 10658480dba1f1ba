"""Hold disputes of reasons to their rules: of what names one, once at a time, settled by whom."""

import pytest
from pydantic import ValidationError

from domain.disputes.commands import DisputeReason, SettleDispute
from domain.disputes.decisions import DECIDER, Surroundings
from domain.disputes.events import DisputeSettled, Outcome, ReasonDisputed, stream_of_dispute
from domain.disputes.facts import as_settled, disputes_of
from domain.kernel.messages import Asked, Principal
from domain.kernel.refusals import AlreadyOpen, InvalidTransition, NotAuthorised, UnknownSubject
from domain.kernel.values import Reason
from domain.phases.events import PhaseStarted
from tests.builders import (
    ASKED,
    ASKED_BY_HEAD,
    COORDINATOR_ID,
    FRIDAY,
    HEAD_ID,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    REWORK,
    envelope,
    history,
)
from tests.spec import Spec

TARGET = "phase-PRJ-7/weld:3"
STREAM = stream_of_dispute(TARGET)
started = PhaseStarted(actual_start=MONDAY)
said = envelope(started, MONDAY, 3, reason=LATE_MATERIAL, responsible="Norva")

a_reason = Spec(DECIDER, STREAM, Surroundings(said))


def dispute(reason: Reason = REWORK, responsible: str | None = "welding") -> DisputeReason:
    return DisputeReason(
        project_id=PROJECT, target=TARGET, proposed_reason=reason,
        proposed_responsible=responsible, why="It lay there on time",
    )  # fmt: skip


def disputed(by: str = COORDINATOR_ID, responsible: str | None = "welding") -> ReasonDisputed:
    return ReasonDisputed(
        target=TARGET, by=by, proposed_reason=REWORK, proposed_responsible=responsible,
        why="It lay there on time",
    )  # fmt: skip


def settle(outcome: Outcome) -> SettleDispute:
    return SettleDispute(project_id=PROJECT, target=TARGET, outcome=outcome)


def settled(outcome: Outcome, by: str = COORDINATOR_ID) -> DisputeSettled:
    return DisputeSettled(target=TARGET, outcome=outcome, by=by)


def test_a_reason_is_disputed_once_and_settled_once() -> None:
    after = a_reason.given().when(dispute()).then(disputed())
    after.when(dispute()).then()
    after.when(settle("changed")).then(settled("changed")).when(settle("changed")).then()


def test_who_disputes_is_who_asks_or_whom_he_acts_for() -> None:
    a_reason.given().when(dispute(), asked=ASKED_BY_HEAD).then(disputed(HEAD_ID))
    for_ito = Principal(party_id="p.roy", role="department_head", on_behalf_of="l.ito")
    asked = Asked(at=FRIDAY, principal=for_ito)
    a_reason.given().when(dispute(), asked=asked).then(disputed("l.ito"))


def test_only_an_event_of_the_project_that_names_a_reason_or_a_party_is_disputed() -> None:
    a_reason.given().when(dispute(), others=Surroundings(None)).then_refused(
        UnknownSubject, f"project {PROJECT} has no event {TARGET}"
    )
    bare = Surroundings(envelope(started, MONDAY, 3))
    a_reason.given().when(dispute(), others=bare).then_refused(
        InvalidTransition, "names neither a reason nor who answers for it"
    )
    party_alone = Surroundings(envelope(started, MONDAY, 3, responsible="Norva"))
    a_reason.given().when(dispute(), others=party_alone).then(disputed())
    reason_alone = Surroundings(envelope(started, MONDAY, 3, reason=LATE_MATERIAL))
    a_reason.given().when(dispute(), others=reason_alone).then(disputed())


def test_one_dispute_at_a_time() -> None:
    a_reason.given(disputed(HEAD_ID)).when(dispute()).then_refused(
        AlreadyOpen, f"{HEAD_ID} disputes the reason of {TARGET} already", "quality_rework"
    )


@pytest.mark.parametrize("outcome", ["upheld", "changed", "withdrawn"])
def test_what_was_settled_may_be_disputed_anew(outcome: Outcome) -> None:
    a_reason.given(disputed(), settled(outcome)).when(dispute()).then(disputed())


def test_only_what_is_open_is_settled() -> None:
    a_reason.given().when(settle("upheld")).then_refused(
        InvalidTransition, f"nobody disputes the reason of {TARGET}"
    )
    a_reason.given(disputed(), settled("changed")).when(settle("upheld")).then_refused(
        InvalidTransition, f"the dispute about {TARGET} was changed"
    )


def test_a_coordinator_settles_and_who_disputes_may_withdraw() -> None:
    own = a_reason.given(disputed(HEAD_ID))
    own.when(settle("withdrawn"), asked=ASKED_BY_HEAD).then(settled("withdrawn", HEAD_ID))
    own.when(settle("withdrawn"), asked=ASKED).then(settled("withdrawn"))
    for outcome in ("upheld", "changed"):
        own.when(settle(outcome), asked=ASKED_BY_HEAD).then_refused(
            NotAuthorised, f"a coordinator settles what {HEAD_ID} disputes"
        )
    a_reason.given(disputed()).when(settle("withdrawn"), asked=ASKED_BY_HEAD).then_refused(
        NotAuthorised, f"a coordinator settles what {COORDINATOR_ID} disputes"
    )


def test_the_stream_of_a_dispute_is_one_for_each_event_and_a_stream_of_no_project() -> None:
    longest = f"report-{'a' * 64}/{'b' * 64}/{'c' * 64}:123"
    streams = [stream_of_dispute(each) for each in (TARGET, f"{TARGET}1", longest)]
    assert len(set(streams)) == 3
    assert all(len(each) == len("dispute-") + 24 and "/" not in each for each in streams)
    assert stream_of_dispute(TARGET) == STREAM
    with pytest.raises(ValidationError):
        DisputeReason(project_id=PROJECT, target="weld", proposed_reason=REWORK, why="No event")


def test_what_counts_is_what_was_stated_until_a_dispute_changes_it() -> None:
    (target,) = history("phase-PRJ-7/weld", started)
    told = f"{target.stream}:{target.version}"
    at = {"target": told}

    def counts(*steps: ReasonDisputed | DisputeSettled) -> tuple[str | None, str | None]:
        of_this = [each.model_copy(update=at) for each in steps]
        envelope_now = as_settled(known, disputes_of(history(STREAM, *of_this))).envelope
        reason = envelope_now.reason
        return None if reason is None else reason.code, envelope_now.responsible

    known = type(target)(started, said, target.stream, target.version, target.position)
    stated, proposed = ("material_late", "Norva"), ("quality_rework", "welding")
    assert counts() == counts(disputed()) == stated
    assert counts(disputed(), settled("upheld")) == stated
    assert counts(disputed(), settled("withdrawn")) == stated
    assert counts(disputed(), settled("changed")) == proposed
    assert counts(disputed(), settled("changed"), disputed()) == proposed
    assert counts(disputed(), settled("changed"), disputed(), settled("upheld")) == proposed
    assert counts(disputed(responsible=None), settled("changed")) == ("quality_rework", "Norva")

"""Hold the dispatcher to one answer per request, and to decisions on what is really there."""

import json
from pathlib import Path
from threading import Barrier, Thread

import pytest

from consumers import states
from consumers.deciders import AGGREGATES
from consumers.deciding import Ask, Request
from consumers.requests import COMMANDS
from domain.kernel.messages import DEPARTMENT_HEAD, Principal
from domain.kernel.refusals import (
    IdempotencyConflict,
    Malformed,
    NotAuthorised,
    StaleVersion,
    UnknownSubject,
)
from domain.log.port import MessageKey, Outcome
from tests.unit.consumers.systems import (
    COORDINATES,
    OPEN,
    ask,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)


def test_every_command_of_the_catalogue_has_a_decider() -> None:
    assert COMMANDS
    for name, command in COMMANDS.items():
        category = name.partition(".")[0]
        on_any_stream = category == "event"
        assert on_any_stream or command in AGGREGATES[category].decider.commands


def test_a_request_is_decided_and_recorded_with_who_asked_and_what_it_was_decided_on(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        outcome = ask(
            system, "phase.release.v1", '{"project_id":"P","phase_id":"a"}', message_id="2"
        )
        (released,) = system.log.read_stream("phase-P/a")
    assert outcome.kind == "recorded"
    assert outcome.versions == {"phase-P/a": 1}
    assert released.envelope.actor == "anna"
    assert released.envelope.intake == "request"
    assert released.envelope.project_id == "P"
    assert released.envelope.decided_on == {"plan-P": 1, "project-P": 1}


def test_the_same_request_again_gets_the_first_answer(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        first = ask(system, *OPEN, message_id="1")
        again = ask(system, *OPEN, message_id="1")
        assert system.log.head() == first.position
    assert not first.repeated
    assert again.repeated
    assert again.position == first.position


def test_the_same_request_in_another_key_order_is_the_same_request(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        ask(system, "phase.release.v1", '{"project_id":"P","phase_id":"a"}', message_id="2")
        again = ask(
            system, "phase.release.v1", ' {"phase_id":"a", "project_id":"P"}', message_id="2"
        )
    assert again.repeated


def test_an_id_used_with_another_body_is_refused(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask(system, *OPEN, message_id="1")
        with pytest.raises(IdempotencyConflict):
            ask(system, *plan_phase("a"), message_id="1")


def test_a_refusal_is_an_answer_too_and_stays_the_same(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        refused = ask(system, *plan_phase("a"), message_id="1")
        ask(system, *OPEN, message_id="2")
        again = ask(system, *plan_phase("a"), message_id="1")
    assert (refused.kind, refused.code) == ("refused", "unknown_subject")
    assert again.repeated
    assert (again.kind, again.code, again.text) == (refused.kind, refused.code, refused.text)


def test_a_batch_is_all_or_nothing(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        requests = [OPEN, plan_phase("a"), plan_phase("b"), link("a", "b"), link("b", "a")]
        outcome = ask_all(system, requests, message_id="1")
        assert system.log.head() == 0
    assert (outcome.kind, outcome.code) == ("refused", "cycle")


def test_a_batch_sees_what_its_own_earlier_requests_did(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        requests = [OPEN, plan_phase("a"), plan_phase("b"), link("a", "b")]
        assert ask_all(system, requests, message_id="1").kind == "recorded"
        streams = [event.stream for event in system.log.read(0, 10)]
    assert streams == ["project-P", "plan-P", "plan-P", "plan-P"]


def test_a_batch_that_holds_something_unreadable_says_where(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_it = Ask(MessageKey("tests", "1"), COORDINATES, system.clock())
        wrong = Request("plan.plan_phase.v1", b'{"project_id":"P","phase_id":7}')
        with pytest.raises(Malformed) as told:
            system.dispatcher.dispatch_batch([Request(*_bytes(OPEN)), wrong], ask_it)
    assert told.value.pointer == "/1/phase_id"


def _bytes(request: tuple[str, str]) -> tuple[str, bytes]:
    return request[0], request[1].encode()


def test_an_expected_version_that_is_not_the_streams_is_refused_with_the_present_one(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        with pytest.raises(StaleVersion) as told:
            ask(system, *plan_phase("b"), message_id="2", expected_version=7)
        right = ask(system, *plan_phase("b"), message_id="2", expected_version=1)
        again = ask(system, *plan_phase("b"), message_id="2", expected_version=1)
    assert told.value.current == 1
    assert right.kind == "recorded"
    assert again.repeated


def test_who_asks_must_have_the_role_and_the_project(tmp_path: Path) -> None:
    head = Principal(party_id="otto", role=DEPARTMENT_HEAD)
    elsewhere = COORDINATES.model_copy(update={"projects": frozenset({"Q"})})
    with system_in(tmp_path) as system:
        with pytest.raises(NotAuthorised):
            ask(system, *OPEN, message_id="1", principal=head)
        with pytest.raises(NotAuthorised):
            ask(system, *OPEN, message_id="1", principal=elsewhere)
        assert ask(system, *OPEN, message_id="1").kind == "recorded"


def test_a_principal_in_the_body_is_refused(tmp_path: Path) -> None:
    body = OPEN[1].replace("{", '{"principal":{"party_id":"boss"},', 1)
    with system_in(tmp_path) as system, pytest.raises(Malformed) as told:
        ask(system, OPEN[0], body, message_id="1")
    assert told.value.pointer == "/principal"


def test_an_unknown_command_is_refused_by_name(tmp_path: Path) -> None:
    with system_in(tmp_path) as system, pytest.raises(UnknownSubject, match="explode"):
        ask(system, "plan.explode.v1", "{}", message_id="1")


def test_a_date_adjusted_by_what_remains_records_progress_in_the_same_commit(
    tmp_path: Path,
) -> None:
    body = (
        '{"project_id":"P","phase_id":"a","new":"2026-03-05T16:00:00Z","means":"remaining",'
        '"remaining_min":240,"reason":{"code":"labour_short"}}'
    )
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        started = {"actual_start": "2026-03-02T07:00:00Z"}
        report(system, "phase.started.v1", "phase-P/a", started, message_id="s")
        outcome = ask(system, "plan.adjust_completion_date.v1", body, message_id="2")
        events = system.log.read(3, 10)
    assert outcome.kind == "recorded"
    assert [event.event.type_name for event in events] == [
        "plan.completion_date_adjusted.v1",
        "phase.progress_recorded.v1",
    ]
    assert {event.envelope.message_id for event in events} == {"2"}


def test_two_who_decide_on_one_stream_at_once_both_get_an_answer_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    kinds: list[str] = []
    with system_in(tmp_path) as system:
        ask(system, *OPEN, message_id="0")
        ready = Barrier(8)

        def plan(number: int) -> None:
            ready.wait()
            for place in range(5):
                name = f"p{number}-{place}"
                kinds.append(ask(system, *plan_phase(name), message_id=name).kind)

        threads = [Thread(target=plan, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        versions = [event.version for event in system.log.read_stream("plan-P")]
    assert kinds == ["recorded"] * 40
    assert versions == list(range(1, 41))


def test_a_kept_state_that_another_process_has_outdated_is_decided_on_anew(tmp_path: Path) -> None:
    with system_in(tmp_path) as here, system_in(tmp_path) as there:
        ask(here, *OPEN, message_id="0")
        ask(here, *plan_phase("a"), message_id="1")
        ask(there, *plan_phase("b"), message_id="2")
        assert here.dispatcher.state_of("plan-P")[1] == 1
        twice = ask(here, *plan_phase("b"), message_id="3")
        assert here.dispatcher.state_of("plan-P")[1] == 2
        new = ask(here, *plan_phase("c"), message_id="4")
        versions = [event.version for event in here.log.read_stream("plan-P")]
    assert (twice.kind, twice.versions) == ("recorded", {})  # What is planned so already.
    assert (new.kind, new.versions) == ("recorded", {"plan-P": 3})
    assert versions == [1, 2, 3]


def test_states_are_kept_up_to_a_bound_and_those_used_last_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "STATES_KEPT_MAX", 2)
    with system_in(tmp_path) as system:
        for stream in ("plan-A", "plan-B", "plan-A", "plan-C"):
            system.dispatcher.state_of(stream)
        kept = list(system.dispatcher.kept())
    assert kept == ["plan-A", "plan-C"]


def test_a_batch_that_rests_on_what_was_seen_is_refused_where_that_has_moved_since(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        seen = system.log.head()

        def asked(message_id: str, duration_min: int, looked_at: int) -> Outcome:
            body = {"project_id": "P", "phase_id": "a", "duration_min": duration_min,
                    "reason": {"code": "machine_down"}}  # fmt: skip
            request = Request("plan.revise_duration.v1", json.dumps(body).encode())
            about = Ask(
                MessageKey("test", message_id), COORDINATES, system.clock(), looked_at=looked_at
            )
            return system.dispatcher.dispatch_batch([request], about)

        first = asked("first", 960, seen)
        assert first.kind == "recorded"
        with pytest.raises(StaleVersion, match=f"plan-P has moved on since position {seen}"):
            asked("second", 240, seen)
        assert asked("first", 960, seen).position == first.position
        ask(system, "phase.release.v1", '{"project_id":"P","phase_id":"a"}', message_id="other")
        assert asked("third", 240, first.position).kind == "recorded"

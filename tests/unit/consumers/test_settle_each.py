"""Requests that are appended together have the outcomes that they have one by one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.deciding import Ask
from consumers.requests import digest_of_command, read_command
from domain.kernel.messages import Command
from domain.kernel.refusals import IdempotencyConflict, NotAuthorised
from domain.log.port import MessageKey, Submission
from tests.unit.consumers.systems import COORDINATES, OPEN, ask_all, plan_phase, system_in

Asked = tuple[Command, Ask, bytes]


def one(system: System, message_id: str, name: str, **body: Any) -> Asked:  # noqa: ANN401
    command = read_command(name, json.dumps({"project_id": "P", **body}).encode())
    asked = Ask(MessageKey("tests", message_id), COORDINATES, system.clock())
    return command, asked, digest_of_command(command)


def lasts(system: System, message_id: str, minutes: int, phase_id: str = "a") -> Asked:
    return one(
        system,
        message_id,
        "plan.revise_duration.v1",
        phase_id=phase_id,
        duration_min=minutes,
        reason={"code": "estimate_wrong"},
    )


def registered(system: System) -> Asked:
    command = read_command("department.register.v1", b'{"department_id":"hall","name":"Hall"}')
    asked = Ask(MessageKey("tests", "hall"), COORDINATES, system.clock())
    return command, asked, digest_of_command(command)


def planned(system: System) -> None:
    outcome = ask_all(system, [OPEN, plan_phase("a"), plan_phase("b")], message_id="plan")
    assert outcome.kind == "recorded"


class Appends:
    """Count what is appended, and let another writer be faster before the first of it."""

    def __init__(self, system: System, monkeypatch: pytest.MonkeyPatch, faster: Any = None) -> None:  # noqa: ANN401
        self.sizes: list[int] = []
        plain = system.log.append

        def append(items: Sequence[Submission], tracked: Sequence[Any] = ()) -> Any:  # noqa: ANN401
            self.sizes.append(len(items))
            if faster is not None and len(self.sizes) == 1:
                faster()
            return plain(items, tracked)

        monkeypatch.setattr(system.log, "append", append)


def test_what_has_nothing_to_do_with_the_others_is_one_append(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system_in(tmp_path) as system:
        planned(system)
        appends = Appends(system, monkeypatch)
        released = [one(system, each, "phase.release.v1", phase_id=each) for each in "ab"]
        outcomes = system.dispatcher.settle_each(
            [*released, lasts(system, "no", 1, "gone"), registered(system)]
        )
        assert appends.sizes == [4]
        assert [each.kind for each in outcomes] == ["recorded", "recorded", "refused", "recorded"]
        assert outcomes[2].code == "unknown_subject"
        assert outcomes[3].versions == {"department-hall": 1}


def test_what_reads_a_stream_that_one_before_it_writes_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system_in(tmp_path) as system:
        planned(system)
        appends = Appends(system, monkeypatch)
        outcomes = system.dispatcher.settle_each(
            [
                lasts(system, "1", 960),
                one(system, "2", "plan.remove_phase.v1", phase_id="a", reason={"code": "permit"}),
                lasts(system, "3", 1440),
                lasts(system, "4", 60, "b"),
                lasts(system, "5", 60, "b"),
            ]
        )
        assert appends.sizes == [1, 1, 2, 1]
        assert [each.kind for each in outcomes] == ["recorded", "recorded", "refused"] + [
            "recorded"
        ] * 2
        assert outcomes[2].code == "unknown_subject"
        assert [each.versions.get("plan-P") for each in outcomes] == [3, 4, None, 5, None]
        events = system.log.read_stream("plan-P", 2)
        assert [each.envelope.message_id for each in events] == ["1", "2", "4"]
        assert system.dispatcher.state_of("plan-P")[1] == 5


def test_one_that_was_answered_before_is_answered_again_and_the_rest_is_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system_in(tmp_path) as system:
        planned(system)
        first = system.dispatcher.settle_each([lasts(system, "1", 960), lasts(system, "2", 1440)])
        appends = Appends(system, monkeypatch)
        again = system.dispatcher.settle_each(
            [lasts(system, "1", 960), lasts(system, "2", 1440), lasts(system, "3", 60)]
        )
        assert [each.repeated for each in again] == [True, True, False]
        assert [each.position for each in again[:2]] == [each.position for each in first]
        assert again[2].versions == {"plan-P": 5}
        assert appends.sizes == [1]
        assert system.dispatcher.settle_each([lasts(system, "1", 960)])[0].repeated
        assert appends.sizes == [1]


def test_where_another_writer_is_faster_what_rests_on_it_is_decided_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system_in(tmp_path) as system, system_in(tmp_path) as other:
        planned(system)
        gone = [
            ("plan.remove_phase.v1", '{"project_id":"P","phase_id":"a","reason":{"code":"permit"}}')
        ]
        appends = Appends(system, monkeypatch, lambda: ask_all(other, gone, message_id="faster"))
        outcomes = system.dispatcher.settle_each(
            [
                lasts(system, "1", 960),
                registered(system),
                lasts(system, "2", 60, "b"),
            ]
        )
        assert [each.kind for each in outcomes] == ["refused", "recorded", "recorded"]
        assert outcomes[0].code == "unknown_subject"
        assert appends.sizes == [2, 1, 1]
        assert outcomes[2].versions == {"plan-P": 4}


def test_an_id_used_with_another_body_and_a_role_that_may_not_are_errors(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        planned(system)
        system.dispatcher.settle_each([lasts(system, "1", 960)])
        with pytest.raises(IdempotencyConflict):
            system.dispatcher.settle_each([lasts(system, "1", 60)])
        command, asked, digest = lasts(system, "9", 60)
        nobody = Ask(asked.key, COORDINATES.model_copy(update={"role": "visitor"}), system.clock())
        with pytest.raises(NotAuthorised):
            system.dispatcher.settle_each([lasts(system, "8", 60), (command, nobody, digest)])
        assert system.dispatcher.state_of("plan-P")[1] == 3

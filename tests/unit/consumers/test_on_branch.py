"""Hold a branch to what it is: the project as of its base, plus what it asks for, never stored."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.comparing import compare
from consumers.explaining import why
from consumers.failures import WrongInput
from consumers.forecasting import forecast
from consumers.levelling import levelled
from consumers.on_branch import asked_of, schedule_of
from domain.kernel.refusals import MergeRefused, UnknownSubject
from tests.unit.consumers.systems import StandingClock, ask_all, plan_phase, report, system_in
from tests.unit.consumers.what_if import (
    BECAUSE,
    a_branch,
    a_project,
    changed,
    linked,
    longer,
    on_branch,
)


def dates(document: dict[str, Any]) -> dict[str, str]:
    return {phase["id"]: phase["finish"][:10] for phase in document["phases"]}


def of_branch(system: System, branch_id: str) -> dict[str, str]:
    return dates(schedule_of(system.views, "P", branch_id, None))


def test_a_branch_is_the_project_as_if_its_requests_were_granted(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "B", longer("cut", 960))
        system.settle()
        assert of_branch(system, "B") == {"cut": "2026-03-03", "weld": "2026-03-04"}
        assert dates(system.views.schedule("P", None)) == {
            "cut": "2026-03-02",
            "weld": "2026-03-03",
        }


def test_looking_at_a_branch_writes_nothing(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "B", longer("cut", 960))
        head = system.log.head()
        of_branch(system, "B")
        assert system.log.head() == head


def test_a_branch_stays_on_its_base_while_the_project_moves_on(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "B", longer("cut", 960))
        changed(system, *longer("weld", 4800), message_id="main")
        ask_all(system, [plan_phase("paint")], message_id="more")
        assert of_branch(system, "B") == {"cut": "2026-03-03", "weld": "2026-03-04"}
        on_branch(system, "B", "add_request", "9", **asked(*longer("weld", 960)))
        assert of_branch(system, "B") == {"cut": "2026-03-03", "weld": "2026-03-05"}


def asked(command: str, data: Any) -> dict[str, Any]:  # noqa: ANN401  As JSON.
    return {"command": command, "data": data}


def test_a_branch_on_an_older_position_starts_from_what_was_known_there(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        before = system.log.head()
        changed(system, *longer("weld", 4800), message_id="main")
        assert on_branch(system, "B", "open", title="B", base_position=before).kind == "recorded"
        assert of_branch(system, "B") == {"cut": "2026-03-02", "weld": "2026-03-03"}


def test_the_document_names_the_branch_and_stands_at_its_base(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        base = system.log.head()
        a_branch(system, "B", longer("cut", 960))
        document = schedule_of(system.views, "P", "B", None)
        assert document["position"] == base
        assert document["branch"] == {
            "id": "B",
            "title": "B",
            "stage": "open",
            "base_position": base,
            "requests": 1,
        }


def test_every_question_can_be_asked_of_a_branch(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        base = system.log.head()
        a_branch(system, "B", longer("cut", 960))
        system.settle()
        views = system.views
        moved = asked_of(views, "P", "B", lambda on: why(on, "P", {"from": str(base)}))
        (move,) = moved["moves"]
        assert (move["type"], move["reason"]) == (
            "plan.phase_duration_revised.v1",
            BECAUSE["code"],
        )
        assert moved["moved_days"] == 1
        found = asked_of(views, "P", "B", lambda on: compare(on, "P", {"from": str(base)}))
        assert [each["id"] for each in found["moved"]] == ["cut", "weld"]
        proposal = asked_of(views, "P", "B", lambda on: levelled(on, "P", {}))
        assert proposal["finish"] == "2026-03-04T17:00:00+00:00"
        told = asked_of(views, "P", "B", lambda on: forecast(on, "P", {}))
        assert told["scheduled_finish"] == "2026-03-04T17:00:00+00:00"


def test_requests_are_told_as_who_added_them_and_when(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        a_project(system)
        clock.advance(timedelta(hours=3))
        a_branch(system, "B", longer("cut", 960))
        clock.advance(timedelta(days=30))
        line = system.views.branches.line("P", "B")
        (event,) = system.views.branches.rehearsed(line, line.base_position)
        assert event.envelope.actor == "anna"
        assert event.recorded_at.isoformat() == "2026-03-02T10:00:00+00:00"
        assert (event.position, event.version) == (line.base_position + 1, 4)
        assert event.envelope.causation_id == "branch-B/1"


def test_a_branch_has_its_own_moment(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "B")
        with pytest.raises(WrongInput, match="leave out either the moment or the branch"):
            schedule_of(system.views, "P", "B", "3")


@pytest.mark.parametrize("branch_id", ["C", "", "a b", "x" * 65, "B\n", "../P"])
def test_a_branch_there_is_not_is_said_so(tmp_path: Path, branch_id: str) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        with pytest.raises(UnknownSubject, match="branch"):
            schedule_of(system.views, "P", branch_id, None)


def test_a_branch_of_another_project_is_none_of_this_one(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "B")
        with pytest.raises(UnknownSubject, match="project Q has no branch B"):
            schedule_of(system.views, "Q", "B", None)


def test_a_merge_does_what_the_branch_showed(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "B", longer("cut", 960), longer("weld", 960))
        shown = of_branch(system, "B")
        merged = on_branch(system, "B", "merge")
        system.settle()
        assert merged.versions == {"plan-P": 5, "branch-B": 4}
        assert dates(system.views.schedule("P", None)) == shown
        (_, first, second) = system.log.read_project("P", merged.first_position - 2, 99, 9)[-3:]
        assert first.envelope.causation_id == "branch-B/2"
        assert second.event.events == ("plan-P@4", "plan-P@5")


def test_a_merge_that_is_refused_says_which_request_and_why_and_writes_nothing(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        ask_all(system, [plan_phase("paint")], message_id="paint")
        a_branch(system, "B", longer("cut", 960), linked("weld", "paint"))
        changed(system, *linked("paint", "cut"), message_id="main")
        head = system.log.head()
        refused = on_branch(system, "B", "merge")
        assert (refused.kind, refused.code) == ("refused", "merge_refused")
        assert refused.text.startswith("request 2 of the branch, plan.link_phases.v1: cycle: ")
        assert system.log.head() == head
        line = system.views.branches.line("P", "B")
        with pytest.raises(MergeRefused) as told:
            system.views.branches.rehearsed(line, head)
        assert (told.value.ordinal, told.value.inner) == (2, "cycle")
        assert on_branch(system, "B", "drop").kind == "recorded"


def test_what_a_request_brings_with_it_is_merged_too(tmp_path: Path) -> None:
    adjusted = {
        "project_id": "P",
        "phase_id": "cut",
        "new": "2026-03-05T17:00:00Z",
        "means": "remaining",
        "remaining_min": 1920,
        "reason": BECAUSE,
    }
    with system_in(tmp_path) as system:
        a_project(system)
        released = ("phase.release.v1", {"project_id": "P", "phase_id": "cut"})
        changed(system, *released, "release")
        begun = {"actual_start": "2026-03-02T07:00:00Z"}
        report(system, "phase.started.v1", "phase-P/cut", begun, message_id="begun")
        a_branch(system, "B", ("plan.adjust_completion_date.v1", adjusted))
        shown = of_branch(system, "B")
        merged = on_branch(system, "B", "merge")
        system.settle()
        assert shown["cut"] == "2026-03-05"
        assert dates(system.views.schedule("P", None)) == shown
        assert merged.versions["phase-P/cut"] == 3


def test_the_branches_of_a_project_are_found_by_id(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        a_project(system)
        a_branch(system, "two")
        a_branch(system, "one", longer("cut", 960))
        found = [line.branch_id for line in system.views.branches.of_project("P")]
        assert found == ["one", "two"]
        with pytest.raises(UnknownSubject, match="there is no project Q"):
            list(system.views.branches.of_project("Q"))

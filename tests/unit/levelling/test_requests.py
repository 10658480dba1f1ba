"""What would have to be asked for a proposal: a date for each phase that waits, and its reason."""

from typing import Any

from domain.levelling.improvement import first_schedule
from domain.levelling.proposal import propose
from domain.phases.events import PhaseInterrupted
from domain.plans.events import ConstraintSet
from domain.resources.events import CapacitySet, OutageReported
from projections.levelled import levelled_document
from tests.unit.levelling.projects import need, out, resources, told
from tests.unit.projections.histories import MONDAY, PROJECT, History, at


def plan(*phases: str, **capacities: int) -> History:
    """Return the history of a plan whose phases all need the press for a day."""
    history = resources(History().opened().calendar("plant"), **(capacities or {"press": 1_000}))
    for phase_id in phases:
        need(history.phase(phase_id), phase_id, "press")
    return history


def document(history: History) -> dict[str, Any]:
    project = told(history)
    found = propose(project, first_schedule, 0)
    assert found is not None
    return levelled_document(project, found)


def asked(told_document: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Return by phase the date that is asked for, the code of the reason, and its words."""
    return {
        each["data"]["phase_id"]: (
            f"{each['data']['kind']} {each['data']['at']}",
            each["data"]["reason"]["code"],
            each["data"]["why"],
        )
        for each in told_document["requests"]
    }


def test_only_who_waits_is_asked_for_and_who_follows_is_moved_by_links() -> None:
    history = plan("cut", "weld").phase("saw", 3).link("cut", "saw")
    history.phase("paint").link("weld", "paint")
    found = document(history)
    assert asked(found) == {
        "weld": (
            "SNET 2026-03-03T08:00:00+00:00",
            "other",
            "waits for Press, held by cut until Mon 2026-03-02 17:00",
        )
    }
    assert (found["unasked"], found["elsewhere"]) == ([], [])


def test_nothing_is_asked_for_where_resources_suffice() -> None:
    assert document(plan("cut", "weld", press=2_000))["requests"] == []


def test_an_outage_is_named_with_its_kind_and_a_machine_is_down() -> None:
    at_ten, until = at("2026-03-02 10:00"), at("2026-03-03 10:00")
    event = OutageReported(since=at_ten, until=until, kind="maintenance", ref="WO-9")
    history = plan("cut").record(f"resource-{PROJECT}/press", event, effective_at=at_ten)
    assert asked(document(history))["cut"] == (
        "SNET 2026-03-03T10:00:00+00:00",
        "machine_down",
        "waits for Press, out (maintenance WO-9) until Tue 2026-03-03 10:00",
    )


def test_people_who_are_absent_are_labour_that_is_short() -> None:
    event = OutageReported(since=MONDAY, until=at("2026-03-03 08:00"), kind="absence")
    history = plan("cut").record(f"resource-{PROJECT}/press", event, effective_at=MONDAY)
    _, code, words = asked(document(history))["cut"]
    assert (code, words) == (
        "labour_short",
        "waits for Press, out (absence) until Tue 2026-03-03 08:00",
    )


def test_an_outage_is_the_reason_though_somebody_holds_the_rest_of_it() -> None:
    """The press comes back at ten, when the job that lies in it will be done."""
    history = plan("cut", "weld").started("cut", "2026-03-02 08:00")
    history.progressed("cut", 360, "2026-03-02 12:00").data_date("2026-03-02 12:00")
    out(history, "press", 5, 26)
    assert asked(document(history))["weld"][2] == (
        "waits for Press, out (breakdown) until Tue 2026-03-03 10:00"
    )


def test_less_of_a_resource_than_is_needed_is_too_little_of_it() -> None:
    history = plan("cut", press=500)
    later = CapacitySet(milli_units=1_000, valid_from=at("2026-03-04 00:00"))
    history.record(f"resource-{PROJECT}/press", later)
    assert asked(document(history))["cut"] == (
        "SNET 2026-03-04T08:00:00+00:00",
        "other",
        "waits for Press, of which there is too little until Wed 2026-03-04 00:00",
    )


def test_a_date_that_somebody_typed_is_named_where_the_new_one_takes_its_place() -> None:
    history = plan("cut", "weld")
    latest = at("2026-03-02 17:00")
    history.plan(ConstraintSet(phase_id="weld", kind="FNLT", at=latest))
    history.plan(ConstraintSet(phase_id="cut", kind="FNLT", at=latest))
    (found,) = asked(document(history)).values()
    assert found[2].endswith("until Mon 2026-03-02 17:00, in place of FNLT Mon 2026-03-02 17:00")


def test_a_mandatory_date_is_kept_and_not_asked_for_again() -> None:
    history = plan("cut", "weld")
    history.plan(ConstraintSet(phase_id="weld", kind="MSO", at=MONDAY))
    assert list(asked(document(history))) == ["cut"]


def test_what_would_float_without_its_date_is_asked_to_stay() -> None:
    history = plan("cut", "weld", "late")
    history.phase("long", 4).plan(ConstraintSet(phase_id="late", kind="ALAP"))
    need(history, "long", "press")
    found = document(history)
    assert asked(found)["late"][0] == "SNET 2026-03-05T08:00:00+00:00"
    assert asked(found)["late"][2].endswith("in place of ALAP")
    assert found["elsewhere"] == []


def test_the_rest_of_what_has_begun_cannot_be_asked_for_and_who_follows_it_is_named() -> None:
    history = plan("cut", "weld").started("weld", "2026-03-02 08:00")
    at_noon = at("2026-03-02 12:00")
    history.fact("weld", PhaseInterrupted(at=at_noon, stop_code="power"), at_noon)
    history.started("cut", "2026-03-02 13:00").data_date("2026-03-02 13:00")
    history.phase("paint").link("weld", "paint")
    found = document(history)
    assert found["requests"] == []
    assert found["unasked"] == [
        {
            "phase": "weld",
            "at": "2026-03-03T13:00:00+00:00",
            "text": "work on it has begun, and no date holds the rest back to Tue 2026-03-03 13:00",
        }
    ]
    assert [each["phase"] for each in found["elsewhere"]] == ["paint", "weld"]

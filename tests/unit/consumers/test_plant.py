"""The generated plant: the same for a seed, in order, accepted to the last message."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from consumers.demo.plant import Plant
from consumers.demo.plant_beats import WEEK
from consumers.demo.plant_days import axis
from consumers.demo.plant_habits import COSTS, CUSTOMERS, VENDORS
from consumers.demo.project import DAY
from domain.kernel.minutes import minute_of
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from tests.plants import Doors

SMALL = Plant(seed=7, at_once=3, phases=(30, 60))
REPORTING = replace(SMALL, reporting=True)
OFFICE = replace(REPORTING, office=True)
MOVED_BY_WORD = {
    "plan.revise_duration.v1", "plan.adjust_completion_date.v1", "project.set_promise.v1",
}  # fmt: skip


def digest(plant: Plant, events: int) -> str:
    found = sha256()
    for message in plant.messages(events):
        found.update(f"{message.at} {message.kind} {message.source} {message.id}\n".encode())
        found.update(message.body)
    return found.hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert digest(SMALL, 5_000) == digest(Plant(seed=7, at_once=3, phases=(30, 60)), 5_000)


def test_another_seed_gives_another_plant() -> None:
    assert digest(SMALL, 2_000) != digest(Plant(seed=8, at_once=3, phases=(30, 60)), 2_000)


def test_a_longer_history_begins_with_the_shorter_one() -> None:
    shorter = list(SMALL.messages(2_000))

    assert shorter == list(SMALL.messages(4_000))[: len(shorter)]


@pytest.mark.parametrize("events", [1, 500, 20_000])
def test_messages_make_as_many_events_as_asked_and_at_most_one_message_more(events: int) -> None:
    made = [message.events for message in SMALL.messages(events)]

    assert sum(made) >= events
    assert sum(made[:-1]) < events


def test_messages_come_in_the_order_of_their_time() -> None:
    times = [message.at for message in Plant(at_once=10).messages(20_000)]

    assert all(before <= after for before, after in pairwise(times))


def test_no_message_is_told_twice() -> None:
    keys = [(message.source, message.id) for message in Plant(at_once=10).messages(20_000)]

    assert len(keys) == len(set(keys))


def test_the_phases_of_a_project_are_told_apart_by_their_names() -> None:
    for message in Plant(seed=7, at_once=3, phases=(20, 45)).messages(500):
        if message.kind == "plan":
            names = [phase["name"] for phase in json.loads(message.body)["phases"]]
            assert len(names) == len(set(names))


def test_the_first_project_is_as_large_as_asked() -> None:
    plant = Plant(seed=3, first_phases=1_000)
    first = next(iter(plant.messages(1)))

    assert first.project == plant.project_id(0)
    assert len(json.loads(first.body)["phases"]) == 1_000


@pytest.mark.parametrize("plant", [SMALL, REPORTING, OFFICE])
def test_every_message_is_recorded_in_order(plant: Plant, tmp_path: Path) -> None:
    event_log = open_log(tmp_path / "takt.db", registry=catalogue())
    doors = Doors(event_log)

    events = doors.take(plant.messages(1_500))

    assert set(doors.outcomes) == {"recorded"}
    assert event_log.head() == events
    assert not event_log.dead_letters(0, 1)
    assert not event_log.parked()
    event_log.close()


def test_facts_in_batches_make_the_same_events_as_one_by_one(tmp_path: Path) -> None:
    logs = [open_log(tmp_path / f"{name}.db", registry=catalogue()) for name in ("one", "many")]
    for event_log, batch in zip(logs, (1, 500), strict=True):
        doors = Doors(event_log, batch)
        doors.take(REPORTING.messages(800))
        assert set(doors.outcomes) == {"recorded"}

    one, many = (
        sorted((each.stream, each.event.model_dump_json()) for each in event_log.read(0, 10_000))
        for event_log in logs
    )
    assert one == many
    for event_log in logs:
        event_log.close()


def test_a_history_has_what_vendors_departments_and_deciders_do() -> None:
    """Each kind of message comes up, with a reason where a date is moved by somebody's word."""
    told: Counter[str] = Counter()
    for message in REPORTING.messages(12_000):
        if message.kind == "fact":
            told[json.loads(message.body)["type"]] += 1
        elif message.kind == "requests":
            for name, body in message.commands(0):
                told[name] += 1
                if name in MOVED_BY_WORD:
                    assert json.loads(body)["reason"]["code"]
    assert told.keys() >= MOVED_BY_WORD | {
        "commitment.promise_date_moved.v1", "commitment.request_expedite.v1",
        "report.submitted.v1", "report.accept.v1", "report.set_schedule.v1",
        "phase.interrupted.v1", "resource.outage_reported.v1",
    }  # fmt: skip


def told_by(plant: Plant, events: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Return all that a plant tells or asks for: name, whom it is about, what it says."""
    told = []
    for message in plant.messages(events):
        if message.kind == "fact":
            fact = json.loads(message.body)
            told.append((fact["type"], fact["subject"], fact["data"]))
        elif message.kind == "requests":
            told += [(name, "", json.loads(body)) for name, body in message.commands(77)]
    return told


def test_the_office_tells_of_each_kind_of_paper_and_talk() -> None:
    assert {name for name, _, _ in told_by(OFFICE, 20_000)} >= {
        "project.approve_baseline.v1", "estimate.submit.v1", "estimate.baseline_budget.v1",
        "estimate.actual_hours_booked.v1", "estimate.actual_cost_booked.v1",
        "estimate.to_complete_given.v1", "rate.change.v1",
        "contract.received.v1", "contract.record_clause.v1", "contract.raise_review_finding.v1",
        "contract.complete_review.v1", "contract.sign.v1", "contract.amended.v1",
        "contract.obligation_met.v1", "plan.add_gate.v1",
        "meeting.plan.v1", "meeting.add_agenda_item.v1", "meeting.invite_attendee.v1",
        "meeting.move.v1", "meeting.cancel.v1", "meeting.held.v1", "meeting.record_minute.v1",
        "meeting.create_action.v1", "meeting.action_completed.v1",
        "inquiry.received.v1", "inquiry.draft_answer.v1", "inquiry.close.v1",
        "notice.prepare.v1", "notice.bounced.v1", "notice.acknowledged.v1",
        "request.identified.v1", "request.classify.v1", "branch.open.v1", "branch.add_request.v1",
        "request.assess_impact.v1", "request.quote.v1", "request.approve.v1", "request.apply.v1",
        "request.reject.v1", "request.verify.v1", "plan.set_deadline.v1",
    }  # fmt: skip


def test_every_message_makes_the_events_it_is_said_to(tmp_path: Path) -> None:
    """Long enough that special requests are assessed, agreed, applied and turned down."""
    event_log = open_log(tmp_path / "takt.db", registry=catalogue())
    doors = Doors(event_log)
    wishes: Counter[str] = Counter()
    for message in replace(OFFICE, seed=20, at_once=6).messages(8_000):
        before = event_log.head()
        doors.take([message])
        assert event_log.head() == before + message.events, message
        if message.kind == "requests":
            wishes.update(name for name, _ in message.commands(0) if name.startswith("request."))
    event_log.close()
    assert wishes["request.apply.v1"] >= 3
    assert wishes["request.reject.v1"] >= 2
    assert wishes["request.assess_impact.v1"] > wishes["request.approve.v1"]


def test_what_the_office_tells_leaves_what_the_plant_does_as_it_was() -> None:
    def of_phases(plant: Plant) -> list[bytes]:
        bodies = (json.loads(each.body) for each in plant.messages(12_000) if each.kind == "fact")
        first = plant.project_id(0)
        return [
            json.dumps(each["data"]).encode()
            for each in bodies
            if each["type"].startswith("phase.")
            and each["project"] == first
            and each["data"].get("basis") != "report"  # What foremen say beside the counts.
        ]

    assert of_phases(OFFICE) == of_phases(REPORTING)


def test_a_baseline_is_of_the_end_of_the_log_as_it_is_when_it_is_asked_for() -> None:
    asked = [
        data for name, _, data in told_by(OFFICE, 2_000) if name == "project.approve_baseline.v1"
    ]

    assert asked
    assert {each["at_position"] for each in asked} == {77}


def test_each_skill_has_one_rate_a_quarter_and_it_rises() -> None:
    rates: dict[str, list[tuple[str, int]]] = {}
    for name, _, data in told_by(OFFICE, 20_000):
        if name == "rate.change.v1":
            said = data["valid_from"], data["rate"]["minor"]
            rates.setdefault(data["skill_id"], []).append(said)

    assert rates.keys() == {habit.skill for habit in COSTS.values()}
    assert rates["fitter"][:3] == [
        ("2025-01-01", 6_600),
        ("2025-04-01", 6_732),
        ("2025-07-01", 6_864),
    ]


def test_customers_and_departments_keep_to_their_habits() -> None:
    """Saftwerk reads nothing, Hafenbräu amends; who leads fabrication comes more than buyers do."""
    told = told_by(OFFICE, 60_000)
    answers = Counter(
        (data["party"], data["answer"])
        for name, _, data in told
        if name == "meeting.invitation_answered.v1"
    )
    of_project = {
        stream.removeprefix("contract-").removesuffix("-C"): data["party"]
        for name, stream, data in told
        if name == "contract.received.v1"
    }
    amended = Counter(
        of_project[stream.removeprefix("contract-").removesuffix("-C")]
        for name, stream, _ in told
        if name == "contract.amended.v1"
    )
    sent = Counter(data["recipients"][0] for name, _, data in told if name == "notice.prepare.v1")
    read = Counter(data["by"] for name, _, data in told if name == "notice.acknowledged.v1")

    assert set(of_project.values()) == CUSTOMERS.keys()
    assert amended["Hafenbräu"] == max(amended.values())
    assert read["Saftwerk"] * 2 < sent["Saftwerk"]
    assert read["Nordquell"] * 4 > sent["Nordquell"] * 3
    declined = {
        party: answers[party, "DECLINED"]
        * 100
        // (answers[party, "DECLINED"] + answers[party, "ACCEPTED"])
        for party, _ in answers
    }
    assert declined["head of Procurement"] > 25 > declined["head of Fabrication"]


def test_a_vendor_keeps_to_his_habit_in_every_project() -> None:
    """Kopfwerk hardly ever moves a promise and is late, Etiketta moves most of them."""
    vendors: dict[str, str] = {}
    ordered: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for message in SMALL.messages(30_000):
        if message.kind == "requests":
            for name, body in message.commands(0):
                if name == "commitment.request.v1":
                    order = json.loads(body)
                    vendors[order["commitment_id"]] = order["vendor"]
                    ordered[order["vendor"]] += 1
        elif message.kind == "fact":
            fact = json.loads(message.body)
            if fact["type"] == "commitment.promise_date_moved.v1":
                moved[vendors[fact["subject"].removeprefix("commitment-")]] += 1
    assert ordered.keys() == VENDORS.keys()
    assert moved["Etiketta"] > ordered["Etiketta"]
    assert moved["Kopfwerk"] * 4 < ordered["Kopfwerk"]


def test_about_a_third_of_projects_are_calm_and_end_when_they_were_planned_to() -> None:
    """The others begin a week late, and are later than that when they end."""
    begin = minute_of(OFFICE.begin)
    late_days = []
    for number in range(60):
        project = OFFICE.project(number, begin)
        end = max(beat.true for beat in project.beats() if beat.what == "finished")
        planned = project.plan()["project"]["start"]
        shift = minute_of(datetime.fromisoformat(planned)) - project.begin - WEEK
        last = max(
            axis().add(start + shift, phase.step.days * DAY)
            for start, phase in zip(project.planned, project.phases, strict=True)
        )
        late_days.append(axis().between(last, end) // DAY)

    calm = [days for days in late_days if days < 1]
    assert 15 <= len(calm) <= 25
    assert min(days for days in late_days if days >= 1) >= 5

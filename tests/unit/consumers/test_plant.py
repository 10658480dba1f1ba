"""The generated plant: the same for a seed, in order, accepted to the last message."""

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from consumers.demo.plant import Plant
from consumers.demo.plant_habits import VENDORS
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from tests.plants import Doors

SMALL = Plant(seed=7, at_once=3, phases=(30, 60))
REPORTING = replace(SMALL, reporting=True)
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


def test_the_first_project_is_as_large_as_asked() -> None:
    plant = Plant(seed=3, first_phases=1_000)
    first = next(iter(plant.messages(1)))

    assert first.project == plant.project_id(0)
    assert len(json.loads(first.body)["phases"]) == 1_000


@pytest.mark.parametrize("plant", [SMALL, REPORTING])
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
            for name, body in message.commands():
                told[name] += 1
                if name in MOVED_BY_WORD:
                    assert json.loads(body)["reason"]["code"]
    assert told.keys() >= MOVED_BY_WORD | {
        "commitment.promise_date_moved.v1", "commitment.request_expedite.v1",
        "report.submitted.v1", "report.accept.v1", "report.set_schedule.v1",
        "phase.interrupted.v1", "resource.outage_reported.v1",
    }  # fmt: skip


def test_a_vendor_keeps_to_his_habit_in_every_project() -> None:
    """Kopfwerk hardly ever moves a promise and is late, Etiketta moves most of them."""
    vendors: dict[str, str] = {}
    ordered: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for message in SMALL.messages(30_000):
        if message.kind == "requests":
            for name, body in message.commands():
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

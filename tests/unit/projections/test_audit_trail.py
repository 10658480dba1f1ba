"""The trail: a row per event, with everything that its envelope says."""

import json
from datetime import date
from typing import Any, Final

import pytest

from domain.commitments.events import PromiseDateMoved
from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import Recorded
from domain.kernel.values import Reason
from domain.log.catalogue import catalogue
from domain.phases.events import PhaseStarted
from domain.plans.events import CompletionDateAdjusted, PhaseDurationRevised
from domain.projects.events import PromiseChanged
from projections.audit_trail import AuditProjection, old_and_new, row_id
from projections.contract import Row
from projections.engine import Engine
from projections.stores.memory import MemoryRows
from tests.fakes import BEGUN, ListFeed
from tests.unit.projections.tallies import FIRST, minute

PROJECTION: Final = AuditProjection()


def row_of(recorded: Recorded[Any]) -> Row:
    state = PROJECTION.fold(PROJECTION.initial(FIRST), recorded)
    ((_, row),) = PROJECTION.rows(state).items()
    return row


def test_a_row_says_who_what_when_why_and_what_led_to_it() -> None:
    feed = ListFeed()
    feed.record(
        f"phase-{FIRST}/weld",
        PhaseStarted(actual_start=minute(30)),
        project_id=FIRST,
        recorded_at=minute(40),
        effective_at=minute(30),
        zone="Europe/Berlin",
        actor="mes-line-2",
        role="plant_system",
        on_behalf_of="welding",
        source="mes",
        message_id="m-1",
        external_ref="order 4711",
        causation_id="c-1",
        correlation_id="k-1",
        responsible="welding",
        reason=Reason(code="material_late"),
    )
    assert row_of(feed.events[0]) == {
        "position": 1,
        "event_id": "phase-PRJ-1/weld:1",
        "stream": "phase-PRJ-1/weld",
        "version": 1,
        "type": "phase.started.v1",
        "class": "progress",
        "intake": "fact",
        "recorded_at": "2026-03-02T08:40:00Z",
        "effective_at": "2026-03-02T08:30:00Z",
        "zone": "Europe/Berlin",
        "actor": "mes-line-2",
        "role": "plant_system",
        "on_behalf_of": "welding",
        "source": "mes",
        "message_id": "m-1",
        "external_ref": "order 4711",
        "causation_id": "c-1",
        "correlation_id": "k-1",
        "project": "PRJ-1",
        "responsible": "welding",
        "reason": {"code": "material_late", "text": None},
        "what": "“weld” started 2026-03-02 09:30",
        "old": None,
        "new": None,
    }


@pytest.mark.parametrize(
    ("event", "old", "new"),
    [
        (PhaseDurationRevised(phase_id="weld", old_min=480, new_min=960), 480, 960),
        (
            PromiseChanged(
                to_party="customer",
                deliverable="mixer",
                old=date(2026, 4, 1),
                new=date(2026, 4, 8),
            ),
            "2026-04-01",
            "2026-04-08",
        ),
        (
            CompletionDateAdjusted(phase_id="weld", new=minute(60), means="deadline_only"),
            None,
            "2026-03-02T09:00:00Z",
        ),
        (
            PromiseDateMoved(old=None, new=date(2026, 4, 8), told_by="Fluxtec", channel="phone"),
            None,
            "2026-04-08",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_was_and_what_is_are_told_where_the_event_says_them(
    event: Any,  # noqa: ANN401
    old: object,
    new: object,
) -> None:
    feed = ListFeed()
    feed.record(f"plan-{FIRST}", event, project_id=FIRST)
    row = row_of(feed.events[0])
    assert (row["old"], row["new"]) == (old, new)


def test_no_event_of_the_catalogue_changes_two_values_at_once() -> None:
    models = catalogue().models.values()
    pairs = {
        model.type_name: [
            name for name in model.model_fields if name == "old" or name.startswith("old_")
        ]
        for model in models
    }
    assert {name for name, fields in pairs.items() if len(fields) > 1} == set()
    with_pair = {model.type_name for model in models if old_and_new(model) is not None}
    assert with_pair == {name for name, fields in pairs.items() if fields}
    assert "plan.phase_duration_revised.v1" in with_pair


def test_row_ids_are_in_the_order_of_the_log() -> None:
    positions = [1, 9, 10, 99, 100, 2**53]
    assert [row_id(position) for position in positions] == sorted(map(row_id, positions))
    assert {len(row_id(position)) for position in positions} == {20}


def test_every_event_has_its_row_and_those_without_a_project_are_kept_apart() -> None:
    feed = ListFeed()
    started = PhaseStarted(actual_start=BEGUN)
    feed.record(f"phase-{FIRST}/weld", started, project_id=FIRST)
    feed.tick(minute(5))
    feed.record(f"phase-{FIRST}/paint", started, started, project_id=FIRST, gap=3)
    rows = MemoryRows("audit")
    Engine(feed, [(PROJECTION, rows)]).catch_up()
    assert [change.position for change in rows.of_key(FIRST)] == [1, 6, 10]
    (tick,) = rows.of_key("/")
    assert tick.row is not None
    assert (tick.position, tick.row["type"], tick.row["project"]) == (2, "clock.advanced.v1", None)


def test_the_rows_are_plain_json_whatever_the_event() -> None:
    feed = ListFeed()
    feed.record("clock", ClockAdvanced(to=minute(5)))
    row = row_of(feed.events[0])
    assert json.loads(json.dumps(row)) == row

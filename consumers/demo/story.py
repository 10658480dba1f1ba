"""Tell what happens to the demo's project: seeded, so that the same start gives the same weeks.

Reality is scheduled like the plan, with the durations that things really take and the days on
which goods really come; each phase's start, progress and finish is then told at its moment.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from consumers.demo.course import course_of
from consumers.demo.office import office
from consumers.demo.project import (
    ASSEMBLY,
    ELECTRICAL,
    ORDERS,
    PROJECT_ID,
    QUALITY,
    ZONE,
    Order,
)
from consumers.demo.talks import talks
from consumers.demo.telling import ERP, Beat, command, fact, local
from domain.kernel.calendar import WorkingCalendar
from domain.kernel.messages import DEPARTMENT_HEAD
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.values import rfc3339
from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Bound, Link, Network, Schedule

SEED: Final = 20_260_302
LASER_DOWN: Final = "filler-cut"
REWORKED: Final = "capper-weld"
MOVED_ORDER: Final = "PO-4103.1"
LATE_ORDER: Final = "PO-4106.1"
SILENT_ORDER: Final = "PO-4109.1"
LATER_DAYS: Final = 9
LONG_MIN: Final = 960
"""Phases of two days and more report how far they are."""
CONFLICT: Final = "test-bay-week-8"


def story(plan: Mapping[str, Any], seed: int = SEED) -> tuple[Beat, ...]:
    """Return all that happens, in the order in which it happens."""
    dice = Random(seed)  # noqa: S311  A story is told, nothing is kept secret.
    planned = schedule(network_of(plan, {}, {}))
    orders = tuple(_order_story(order, _need_by(order, planned)) for order in ORDERS)
    durations = {
        phase["id"]: _real_duration(phase, dice) for phase in plan["phases"] if phase.get("parent")
    }
    arrivals = {order.phase: Bound(minute_of(at), "commitment", order.id) for order, at in orders}
    real = schedule(network_of(plan, durations, arrivals))
    beats = [
        *(beat for order in ORDERS for beat in _order_beats(order, planned)),
        *(
            beat
            for phase in plan["phases"]
            if phase.get("parent")
            for beat in _phase_beats(plan, phase, real, durations[phase["id"]])
        ),
        *_outage_beats(real),
        *_conflict_beats(real),
        _policy(_start_of(plan)),
        _recovery(_start_of(plan)),
        *office(course_of(plan, real), seed),
        *talks(course_of(plan, real)),
        *_days(_start_of(plan), instant_of(real.finish)),
    ]
    # The sort is stable: what is told in order at one moment stays in order.
    return tuple(sorted(beats, key=lambda beat: beat.at))


def network_of(
    plan: Mapping[str, Any], durations: Mapping[str, int], arrivals: Mapping[str, Bound]
) -> Network:
    """Return the plan's network, with other durations and with the goods that are waited for."""
    return Network(
        project_start=minute_of(_start_of(plan)),
        calendars={item["id"]: _calendar(item) for item in plan["calendars"]},
        default_calendar=plan["project"]["calendar"],
        activities=tuple(
            Activity(
                id=phase["id"],
                duration_min=durations.get(phase["id"], phase["duration_min"]),
                kind=phase["kind"],
                calendar=phase.get("calendar"),
                parent=phase.get("parent"),
                earliest=(arrivals[phase["id"]],) if phase["id"] in arrivals else (),
            )
            for phase in plan["phases"]
        ),
        links=tuple(
            Link(
                id=str(number),
                pred=link["pred"],
                succ=link["succ"],
                type=link["type"],
                lag=link.get("lag", {}).get("value", 0),
            )
            for number, link in enumerate(plan["links"])
        ),
    )


def _calendar(item: Mapping[str, Any]) -> WorkingCalendar:
    def minutes(windows: list[list[str]]) -> list[tuple[int, int]]:
        return [(_minute_of_day(begin), _minute_of_day(end)) for begin, end in windows]

    return WorkingCalendar.of(
        ZONE,
        {day["day"]: minutes(day["windows"]) for day in item["weekly"]},
        {date.fromisoformat(day["date"]): minutes(day["windows"]) for day in item["exceptions"]},
    )


def _minute_of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _start_of(plan: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(plan["project"]["start"])


def _real_duration(phase: Mapping[str, Any], dice: Random) -> int:
    """Return how long the phase really takes: mostly as planned, now and then a third longer."""
    factor = dice.triangular(0.85, 1.35, 1.0)
    extra = {LASER_DOWN: 480, REWORKED: 720}.get(phase["id"], 0)
    return int(phase["duration_min"] * factor) // 15 * 15 + extra


def _need_by(order: Order, planned: Schedule) -> date:
    """Return three days before the planned start of the phase that waits for the goods."""
    start = instant_of(planned.phases[order.phase].start).astimezone(ZoneInfo(ZONE))
    return (start - timedelta(days=3)).date()


def _order_story(order: Order, need_by: date) -> tuple[Order, datetime]:
    """Return when the goods really come."""
    late_days = {MOVED_ORDER: LATER_DAYS, LATE_ORDER: 6}.get(order.id, -1)
    return order, local(need_by + timedelta(days=late_days), time(9, 40))


def _order_beats(order: Order, planned: Schedule) -> Iterator[Beat]:
    need_by = _need_by(order, planned)
    begin = instant_of(min(phase.start for phase in planned.phases.values()))
    stream = f"commitment-{order.id}"
    yield command(
        begin + timedelta(hours=1),
        f"{order.id}-request",
        "commitment.request.v1",
        commitment_id=order.id,
        vendor=order.vendor,
        kind=order.kind,
        item=order.item,
        qty=order.qty,
        uom=order.uom,
        need_by=need_by.isoformat(),
        order_ref=order.id.split(".")[0],
        for_phases=[order.phase],
    )
    yield command(
        begin + timedelta(days=1, hours=2),
        f"{order.id}-send",
        "commitment.send.v1",
        commitment_id=order.id,
        revision=1,
        channel="email",
    )
    if order.id == SILENT_ORDER:
        return
    yield fact(
        begin + timedelta(days=3, hours=3),
        f"{order.id}-ack",
        "commitment.acknowledged.v1",
        stream,
        {"revision": 1, "status": "accepted", "promised_date": need_by.isoformat()},
        ERP,
    )
    _, arrives = _order_story(order, need_by)
    if order.id == MOVED_ORDER:
        yield fact(
            begin + timedelta(days=16, hours=4),
            f"{order.id}-moved",
            "commitment.promise_date_moved.v1",
            stream,
            {
                "old": need_by.isoformat(),
                "new": (need_by + timedelta(days=LATER_DAYS)).isoformat(),
                "told_by": "Fluxtec order desk",
                "channel": "email",
            },
            ERP,
            reasoncode="material_short",
            reasontext="Sensor elements are on allocation",
            responsible=order.vendor,
        )
    yield fact(
        arrives,
        f"{order.id}-receipt",
        "commitment.receipt_posted.v1",
        stream,
        {"qty": order.qty, "at": rfc3339(arrives)},
        ERP,
    )


def _phase_beats(
    plan: Mapping[str, Any], phase: Mapping[str, Any], real: Schedule, duration: int
) -> Iterator[Beat]:
    key = phase["id"]
    name = phase.get("calendar", plan["project"]["calendar"])
    worked = next(_calendar(item) for item in plan["calendars"] if item["id"] == name)
    stream = f"phase-{PROJECT_ID}/{key}"
    start, finish = instant_of(real.phases[key].start), instant_of(real.phases[key].finish)
    yield command(start - timedelta(minutes=20), f"{key}-release", "phase.release.v1", phase_id=key)
    yield fact(start, f"{key}-start", "phase.started.v1", stream, {"actual_start": rfc3339(start)})
    # Nobody counts parts while the laser stands still.
    counted = duration >= LONG_MIN and key != LASER_DOWN
    for share in (25, 50, 75) if counted else ():
        at = worked.add(start, duration * share // 100)
        left = duration * (100 - share) // 100
        yield _progress(key, stream, at, share, left)
    if key == REWORKED:
        at = worked.add(start, duration * 3 // 5)
        yield fact(
            at,
            f"{key}-scrap",
            "phase.progress_recorded.v1",
            stream,
            {
                "remaining_min": duration * 7 // 10,
                "physical_bp": 3000,
                "qty_good": "3",
                "qty_scrap": "2",
                "uom": "H87",
                "basis": "count",
            },
            reasoncode="quality_rework",
            reasontext="Two frames out of tolerance after welding",
            responsible=phase["department"],
        )
    yield fact(
        finish, f"{key}-finish", "phase.finished.v1", stream, {"actual_finish": rfc3339(finish)}
    )


def _progress(key: str, stream: str, at: datetime, share: int, left: int) -> Beat:
    return fact(
        at,
        f"{key}-progress-{share}",
        "phase.progress_recorded.v1",
        stream,
        {"remaining_min": left, "physical_bp": share * 100, "basis": "count"},
    )


def _outage_beats(real: Schedule) -> Iterator[Beat]:
    """Tell how the laser stops in the middle of a cut and is repaired."""
    cut = real.phases[LASER_DOWN]
    begin, end = instant_of(cut.start), instant_of(cut.finish)
    down = begin + (end - begin) * 3 // 10
    up = begin + (end - begin) * 6 // 10
    phase, resource = f"phase-{PROJECT_ID}/{LASER_DOWN}", f"resource-{PROJECT_ID}/laser"
    why: dict[str, Any] = {"reasoncode": "machine_down", "responsible": "Maintenance"}
    data = {"since": rfc3339(down), "kind": "breakdown", "ref": "CMMS 88-1204"}
    yield fact(down, "laser-down", "resource.outage_reported.v1", resource, data, **why)
    stopped = {"at": rfc3339(down), "stop_code": "machine_down"}
    yield fact(down, f"{LASER_DOWN}-stop", "phase.interrupted.v1", phase, stopped, **why)
    yield fact(up, "laser-up", "resource.outage_ended.v1", resource, {"at": rfc3339(up)})
    yield fact(up, f"{LASER_DOWN}-go-on", "phase.resumed.v1", phase, {"at": rfc3339(up)})


def _conflict_beats(real: Schedule) -> Iterator[Beat]:
    """Two modules want the test bay; a head says so, the coordinator settles it."""
    start = instant_of(min(phase.start for phase in real.phases.values()))
    at = start + timedelta(weeks=5, days=1, hours=3)
    subjects = [f"phase-{PROJECT_ID}/{module}-bench" for module in ("rinser", "labeller")]
    head = {"party": f"Head of {ASSEMBLY}", "role": DEPARTMENT_HEAD}
    yield command(
        at,
        f"{CONFLICT}-raise",
        "conflict.raise.v1",
        **head,
        conflict_id=CONFLICT,
        kind="resource",
        subjects=subjects,
        summary="Rinser and labeller are both planned into the test bay in week 8",
        severity="medium",
        impact_days="2",
    )
    yield command(
        at + timedelta(hours=2),
        f"{CONFLICT}-assign",
        "conflict.assign.v1",
        conflict_id=CONFLICT,
        owner=f"Head of {QUALITY}",
        due=rfc3339(at + timedelta(days=4)),
    )
    yield command(
        at + timedelta(days=1),
        f"{CONFLICT}-option",
        "conflict.propose_option.v1",
        party=f"Head of {ELECTRICAL}",
        role=DEPARTMENT_HEAD,
        conflict_id=CONFLICT,
        option_id="labeller-later",
        effect="The labeller is tested one day later; no successor moves",
    )
    due = instant_of(real.phases["labeller-bench"].finish) + timedelta(days=1)
    yield command(
        at + timedelta(days=2),
        "labeller-bench-adjust",
        "plan.adjust_completion_date.v1",
        phase_id="labeller-bench",
        new=rfc3339(due),
        means="deadline_only",
        reason={"code": "priority_change", "text": "The rinser goes into the test bay first"},
        responsible=QUALITY,
    )
    yield command(
        at + timedelta(days=2, minutes=5),
        f"{CONFLICT}-resolve",
        "conflict.resolve.v1",
        conflict_id=CONFLICT,
        mode="collaborate",
        decision="The rinser is tested first, the labeller follows a day later",
    )


def _policy(start: datetime) -> Beat:
    """Tell at the outset that a phase waits for the goods it needs, also before they are late."""
    return command(
        start.astimezone(UTC) + timedelta(minutes=5),
        "material-drives",
        "project.set_scheduling_policy.v1",
        material_drives=True,
    )


def _recovery(start: datetime) -> Beat:
    """Tell how a second crew is booked for the installation, so that the promise can be kept."""
    return command(
        start.astimezone(UTC) + timedelta(weeks=7, days=2, hours=6),
        "install-faster",
        "plan.revise_duration.v1",
        phase_id="install",
        duration_min=4 * 480,
        basis="Two crews on site",
        reason={"code": "priority_change", "text": "A second crew joins the installation"},
        responsible=ASSEMBLY,
    )


def _days(start: datetime, finish: datetime) -> Iterator[Beat]:
    """Each morning the actuals of the day before are in."""
    day = start.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    while (morning := local(day, time(6, 30))) < finish:
        if day.isoweekday() <= 5:  # noqa: PLR2004  Monday to Friday.
            yield command(
                morning,
                f"data-date-{day.isoformat()}",
                "project.advance_data_date.v1",
                data_date=rfc3339(local(day, time(6))),
            )
        day += timedelta(days=1)

"""Generate the messages of a plant with many projects: believable, seeded, of any length.

The same seed gives the same bytes. Messages come in the order of their time, and only the projects
that run at the moment are held in memory.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from heapq import heappop, heappush
from random import Random
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from consumers.demo.plant_beats import ERP, HEAD, MES, OFFICE, Beat, Commands, Telling
from consumers.demo.plant_days import ZONE, day_of, quarter_of
from consumers.demo.plant_habits import DEPARTMENTS
from consumers.demo.plant_project import PlantProject
from domain.kernel.minutes import Minute, instant_of, minute_of

COORDINATION: Final = "takt/plant"
BEGIN: Final = datetime(2025, 1, 6, 6, tzinfo=UTC)
AT_ONCE: Final = 40
DAY_MIN: Final = 480
GAP_MIN_MAX: Final = 2 * 1440
"""One project begins at most so many minutes after the one before."""


class Message(NamedTuple):
    """One message of the plant, ready for its door.

    A fact's body is a structured CloudEvent, a plan's a plan in the neutral form (`takt.plan/1`);
    that of requests is a JSON list of `[command name, command]`, to be decided as one.
    """

    at: datetime
    kind: Literal["fact", "plan", "requests"]
    source: str
    id: str
    project: str
    body: bytes
    events: int
    """How many events it makes in the log."""

    def commands(self, head: int) -> list[tuple[str, bytes]]:
        """Return requests by name and body; `head` is the position that the log ends at."""
        return [
            (name, json.dumps({key: _at(value, head) for key, value in body.items()}).encode())
            for name, body in json.loads(self.body)
        ]


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant: how many projects run at once, how large they are, how often work is reported.

    `phases` are the fewest and the most phases of a project, `first_phases` those of the first one
    where it is to be another; `report_min` are working minutes from one report of progress to the
    next. With `reporting`, departments send reports each week beside the plant's counts; with
    `office`, there are baselines, costs, contracts, meetings, inquiries, notices, material, wishes
    of customers and bookings of people as well; with `publishing`, schedules are given out to whom
    they concern, which takes a process that computes them.
    """

    seed: int = 1
    at_once: int = AT_ONCE
    phases: tuple[int, int] = (30, 300)
    first_phases: int | None = None
    report_min: int = DAY_MIN
    reporting: bool = False
    office: bool = False
    publishing: bool = False
    begin: datetime = BEGIN

    def messages(self, events: int) -> Iterator[Message]:
        """Yield messages in the order of their time until they make so many events, or more."""
        waiting: list[tuple[Minute, int, Iterator[Beat], Beat, PlantProject]] = []
        made = number = 0
        following, before = minute_of(self.begin), None
        while made < events:
            while len(waiting) < self.at_once and (not waiting or following <= waiting[0][0]):
                project = self.project(number, following)
                beats = iter(project.beats(_new_quarter(following, before)))
                before = following
                first = next(beats)
                heappush(waiting, (first.told, number, beats, first, project))
                number += 1
                following += Random(f"{self.seed}:{number}").randrange(GAP_MIN_MAX)  # noqa: S311
            told, of, beats, beat, project = heappop(waiting)
            message = message_of(beat, project)
            made += message.events
            yield message
            after = next(beats, None)
            if after is None:
                following = max(following, told)
            else:
                heappush(waiting, (after.told, of, beats, after, project))

    def project_id(self, number: int) -> str:
        """Return the id of the n-th project, from 0 on."""
        return f"W{self.seed}-{number:05d}"

    def project(self, number: int, begin: Minute) -> PlantProject:
        """Return the n-th project, beginning at a minute."""
        dice = Random(f"{self.seed}/{number}")  # noqa: S311  Nothing is kept secret.
        phases = dice.randint(*self.phases)
        if number == 0 and self.first_phases is not None:
            phases = self.first_phases
        return PlantProject(
            self.project_id(number), dice, phases, begin, self.report_min,
            Telling(self.reporting, self.office, self.publishing, leaders=number == 0),
        )  # fmt: skip


def _new_quarter(begin: Minute, before: Minute | None) -> date | None:
    """Return the first day of the quarter in which a project is the first to begin, if it is."""
    quarter = quarter_of(begin)
    return quarter if before is None or quarter_of(before) != quarter else None


def message_of(beat: Beat, project: PlantProject) -> Message:
    """Return the message by which a beat of a project is told."""
    at = instant_of(beat.told)
    if beat.what == "plan":
        body = json.dumps(project.plan(), separators=(",", ":")).encode()
        events = project.events_of_plan()
        return Message(at, "plan", COORDINATION, project.key, project.key, body, events)
    name = f"{project.key}.{beat.number}"
    if beat.what == "asked":
        return Message(
            at, "requests", COORDINATION, name, project.key, beat.more.encode(), beat.value
        )
    asked = _REQUESTS.get(beat.what)
    if asked is not None:
        commands = asked(beat, project)
        body = json.dumps(commands, separators=(",", ":")).encode()
        events = len(commands) + (beat.what == "adjusted")  # The deadline beside the adjustment.
        return Message(at, "requests", COORDINATION, name, project.key, body, events)
    source, type_name, stream, data = _FACTS[beat.what](beat, project.key)
    body = (
        f'{{"specversion":"1.0","id":"{name}","source":"{source}","type":"{type_name}",'
        f'"subject":"{stream}","time":"{_text(beat.true)}","project":"{project.key}","data":{data}}}'
    ).encode()
    return Message(at, "fact", source, name, project.key, body, 1)


@lru_cache(maxsize=4_096)
def _text(at: Minute) -> str:
    return f"{instant_of(at):%Y-%m-%dT%H:%M}:00Z"


_Fact: TypeAlias = tuple[str, str, str, str]


def _at(value: Any, head: int) -> Any:  # noqa: ANN401  Whatever a request says.
    return head if value == HEAD else value


def _noted(beat: Beat, key: str) -> _Fact:
    del key
    source, type_name, data = beat.more.split(" ", 2)
    return source, type_name, beat.subject, data


def _started(beat: Beat, key: str) -> _Fact:
    data = f'{{"actual_start":"{_text(beat.true)}"}}'
    return MES, "phase.started.v1", f"phase-{key}/{beat.subject}", data


def _progress(beat: Beat, key: str) -> _Fact:
    data = f'{{"remaining_min":{beat.value},"physical_bp":{beat.more},"basis":"count"}}'
    return MES, "phase.progress_recorded.v1", f"phase-{key}/{beat.subject}", data


def _interrupted(beat: Beat, key: str) -> _Fact:
    data = f'{{"at":"{_text(beat.true)}","stop_code":"{beat.more}"}}'
    return MES, "phase.interrupted.v1", f"phase-{key}/{beat.subject}", data


def _resumed(beat: Beat, key: str) -> _Fact:
    return MES, "phase.resumed.v1", f"phase-{key}/{beat.subject}", f'{{"at":"{_text(beat.true)}"}}'


def _finished(beat: Beat, key: str) -> _Fact:
    data = f'{{"actual_finish":"{_text(beat.true)}"}}'
    return MES, "phase.finished.v1", f"phase-{key}/{beat.subject}", data


def _acknowledged(beat: Beat, key: str) -> _Fact:
    del key
    data = f'{{"revision":1,"status":"accepted","promised_date":"{day_of(beat.value)}"}}'
    return ERP, "commitment.acknowledged.v1", f"commitment-{beat.subject}", data


def _moved(beat: Beat, key: str) -> _Fact:
    del key
    data = f'{{"new":"{day_of(beat.value)}","told_by":"sales desk","channel":"mail"}}'
    return ERP, "commitment.promise_date_moved.v1", f"commitment-{beat.subject}", data


def _shipped(beat: Beat, key: str) -> _Fact:
    del key
    data = f'{{"qty":"{beat.more}","eta":"{day_of(beat.value)}"}}'
    return ERP, "commitment.shipment_notified.v1", f"commitment-{beat.subject}", data


def _received(beat: Beat, key: str) -> _Fact:
    del key
    data = f'{{"qty":"{beat.value}","at":"{_text(beat.true)}"}}'
    return ERP, "commitment.receipt_posted.v1", f"commitment-{beat.subject}", data


def _outage(beat: Beat, key: str) -> _Fact:
    data = f'{{"since":"{_text(beat.true)}","kind":"{beat.more}"}}'
    return MES, "resource.outage_reported.v1", f"resource-{key}/{beat.subject}", data


def _outage_over(beat: Beat, key: str) -> _Fact:
    data = f'{{"at":"{_text(beat.true)}"}}'
    return MES, "resource.outage_ended.v1", f"resource-{key}/{beat.subject}", data


def _reported(beat: Beat, key: str) -> _Fact:
    lines = [line.split(":") for line in beat.more.split()]
    said = ",".join(f'{{"phase_id":"{phase}","remaining_min":{left}}}' for phase, left in lines)
    data = f'{{"as_of":"{_text(beat.true)}","lines":[{said}]}}'
    return OFFICE, "report.submitted.v1", f"report-{key}/{beat.subject}/{_week_of(beat)}", data


def _week_of(beat: Beat) -> str:
    year, week, _ = day_of(beat.true).isocalendar()
    return f"{year}-W{week:02d}"


_FACTS: Final[Mapping[str, Callable[[Beat, str], _Fact]]] = {
    "noted": _noted,
    "started": _started,
    "progress": _progress,
    "interrupted": _interrupted,
    "resumed": _resumed,
    "finished": _finished,
    "acknowledged": _acknowledged,
    "moved": _moved,
    "shipped": _shipped,
    "received": _received,
    "outage": _outage,
    "outage_over": _outage_over,
    "reported": _reported,
}


def _ordered(beat: Beat, project: PlantProject) -> Commands:
    phase, vendor, item = beat.more.split("|")
    about = {"project_id": project.key, "commitment_id": beat.subject}
    wanted = {
        "vendor": vendor, "kind": "goods", "item": item, "qty": str(beat.value), "uom": "H87",
        "need_by": day_of(beat.true).isoformat(), "for_phases": [phase],
    }  # fmt: skip
    return [
        ("commitment.request.v1", about | wanted),
        ("commitment.send.v1", {**about, "revision": 1, "channel": "edi"}),
    ]


def _week(beat: Beat, project: PlantProject) -> Commands:
    about = {"project_id": project.key}
    released: Commands = [
        ("phase.release.v1", {**about, "phase_id": phase_id}) for phase_id in beat.more.split()
    ]
    data_date = _text(beat.true)
    return [("project.advance_data_date.v1", {**about, "data_date": data_date}), *released]


def _revised(beat: Beat, project: PlantProject) -> Commands:
    return [
        (
            "plan.revise_duration.v1",
            {
                "project_id": project.key,
                "phase_id": beat.subject,
                "duration_min": beat.value,
                "reason": {"code": beat.more},
            },
        )
    ]


def _conflict(beat: Beat, project: PlantProject) -> Commands:
    about = {"project_id": project.key, "conflict_id": beat.subject}
    raised = {
        "kind": "resource", "subjects": [f"phase-{project.key}/{beat.more}"],
        "summary": "Two phases want the same bay in the same week",
    }  # fmt: skip
    return [
        ("conflict.raise.v1", about | raised),
        ("conflict.acknowledge.v1", about),
        ("conflict.assign.v1", {**about, "owner": "coordinator", "due": _text(beat.told + 2_880)}),
    ]


def _settled(beat: Beat, project: PlantProject) -> Commands:
    about = {"project_id": project.key, "conflict_id": beat.subject}
    decision = {"mode": "compromise", "decision": "The later one gives way by a day"}
    return [("conflict.resolve.v1", about | decision)]


def _adjusted(beat: Beat, project: PlantProject) -> Commands:
    moved = {
        "project_id": project.key, "phase_id": beat.subject, "new": _text(beat.true),
        "means": "deadline_only", "reason": {"code": beat.more},
    }  # fmt: skip
    return [("plan.adjust_completion_date.v1", moved)]


def _agreed(beat: Beat, project: PlantProject) -> Commands:
    promised = {
        "project_id": project.key, "to_party": project.customer, "deliverable": project.name,
        "promised_date": day_of(beat.true).isoformat(), "reason": {"code": beat.more},
    }  # fmt: skip
    return [("project.set_promise.v1", promised)]


def _hastened(beat: Beat, project: PlantProject) -> Commands:
    wanted = day_of(beat.true).isoformat()
    about = {"project_id": project.key, "commitment_id": beat.subject}
    return [("commitment.request_expedite.v1", {**about, "wanted": wanted})]


def _reporting(beat: Beat, project: PlantProject) -> Commands:
    del beat
    by = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "zone": ZONE, "due_offset_min": 960, "grace_min": 240}
    return [
        ("report.set_schedule.v1", {"project_id": project.key, "department_id": each, **by})
        for each in DEPARTMENTS
    ]


def _accepted(beat: Beat, project: PlantProject) -> Commands:
    accepted = {
        "project_id": project.key, "department_id": beat.subject, "period": _week_of(beat),
        "overrules": ["R2", "R3", "S11", "finish_in_past"],
        "reason": {"code": "other", "text": "Talked over with the department"},
    }  # fmt: skip
    return [("report.accept.v1", accepted)]


_REQUESTS: Final[Mapping[str, Callable[[Beat, PlantProject], Commands]]] = {
    "ordered": _ordered,
    "week": _week,
    "revised": _revised,
    "conflict": _conflict,
    "settled": _settled,
    "adjusted": _adjusted,
    "agreed": _agreed,
    "hastened": _hastened,
    "reporting": _reporting,
    "accepted": _accepted,
}

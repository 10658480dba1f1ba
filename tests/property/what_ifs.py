"""Live a random life of one project in a log in memory: requests, facts, time, and one branch."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from consumers.branching import Branches
from consumers.canonical_json import canonical
from consumers.deciding import Ask, Request
from consumers.dispatch import Dispatcher
from consumers.views import Views
from domain.kernel.messages import COORDINATOR, DomainEvent, Envelope, Principal
from domain.log.catalogue import catalogue
from domain.log.port import MessageKey, Outcome, Proposed, Submission
from domain.phases.events import PhaseFinished, PhaseStarted, ProgressRecorded
from domain.planning.network import ScheduledPhase
from projections.schedule import ScheduleProjection
from tests.simulation.memory_log import MemoryLog, Tables

PROJECT = "P"
PHASES = ("cut", "weld", "paint", "mount", "test")
BRANCH = "B"
WHY = {"code": "estimate_wrong"}
ANNA = Principal(party_id="anna", role=COORDINATOR)
DAY_MIN = 480
START = datetime(2026, 3, 2, 6, tzinfo=UTC)

phases = st.sampled_from(PHASES)
days = st.integers(0, 20)
instants = st.integers(0, 40).map(
    lambda hours: f"2026-03-{2 + hours // 2:02}T{8 + hours % 2:02}:00:00Z"
)


def told(command: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    """Return a strategy of requests of one name with these fields."""
    return st.fixed_dictionaries(fields).map(lambda data: (command, data))


requests = st.one_of(
    told(
        "plan.plan_phase.v1",
        phase_id=phases,
        name=phases,
        department_id=st.sampled_from(["hall", "shop"]),
        duration_min=days.map(lambda n: n * DAY_MIN // 2),
    ),
    told(
        "plan.revise_duration.v1",
        phase_id=phases,
        duration_min=days.map(lambda n: n * DAY_MIN // 2),
        reason=st.just(WHY),
    ),
    told(
        "plan.link_phases.v1",
        link_id=st.sampled_from(["L1", "L2", "L3", "L4", "L5"]),
        pred=phases,
        succ=phases,
        link_type=st.sampled_from(["FS", "SS", "FF"]),
    ),
    told("plan.unlink_phases.v1", link_id=st.sampled_from(["L1", "L2", "L3"])),
    told("plan.constrain.v1", phase_id=phases, kind=st.sampled_from(["SNET", "FNLT"]), at=instants),
    told("plan.remove_phase.v1", phase_id=phases, reason=st.just(WHY)),
    told("plan.require.v1", phase_id=phases, resource_id=st.just("press"), milli=st.just(1000)),
    told(
        "plan.adjust_completion_date.v1",
        phase_id=phases,
        new=instants,
        means=st.just("remaining"),
        remaining_min=days.map(lambda n: n * DAY_MIN // 2),
        reason=st.just(WHY),
    ),
    told("phase.release.v1", phase_id=phases),
    told("phase.revoke_release.v1", phase_id=phases),
    told("phase.record_progress.v1", phase_id=phases, remaining_min=days.map(lambda n: n * 60)),
    told("calendar.add_exception.v1", calendar_id=st.just("day"), kind=st.just("holiday"),
         date=st.integers(2, 25).map(lambda day: f"2026-03-{day:02}")),
    told("project.advance_data_date.v1", data_date=instants),
    told(
        "project.set_promise.v1",
        to_party=st.just("ACME"),
        deliverable=st.just("all"),
        promised_date=st.integers(4, 28).map(lambda day: f"2026-03-{day:02}"),
        reason=st.just(WHY),
    ),
    told("project.hold.v1", reason=st.just(WHY)),
    told("project.resume.v1"),
)  # fmt: skip
facts = st.one_of(
    st.tuples(st.just("started"), phases, st.integers(0, 30)),
    st.tuples(st.just("progress"), phases, st.integers(0, 30)),
    st.tuples(st.just("finished"), phases, st.integers(0, 30)),
)
lives = st.lists(st.one_of(requests, requests, facts), max_size=12)
whats = st.lists(requests, min_size=1, max_size=6)


class World:
    """One project that is planned, in a log of its own; each call is a minute later."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.log = MemoryLog(self.tables, catalogue())
        self.dispatcher = Dispatcher(self.log)
        self.branches = Branches(self.log, self.dispatcher)
        self.views = Views(self.log, {"schedule": ScheduleProjection()}, {}, self.branches)
        self.minutes = 0
        opening = {
            "name": "Mixer",
            "zone": "UTC",
            "calendar_id": "day",
            "start": "2026-03-02T08:00:00Z",
        }
        window = [{"dow": dow, "from_min": 480, "to_min": 960} for dow in range(1, 6)]
        planned = [
            ("plan.plan_phase.v1", {"phase_id": each, "name": each, "department_id": "hall",
                                    "duration_min": DAY_MIN})
            for each in PHASES[:4]
        ]  # fmt: skip
        linked = ("plan.link_phases.v1", {"link_id": "L1", "pred": "cut", "succ": "weld"})
        self.ask(
            ("calendar.define.v1", {"calendar_id": "day", "zone": "UTC", "weekly": window}),
            ("project.open.v1", opening),
            *planned,
            linked,
        )

    def ask(self, *asked: tuple[str, Any]) -> Outcome:
        """Ask for changes of the project, as one decision."""
        batch = [Request(name, canonical({"project_id": PROJECT, **data})) for name, data in asked]
        ask = self._ask()
        return self.dispatcher.dispatch_batch(batch, ask)

    def on_branch(self, verb: str, **said: Any) -> Outcome:  # noqa: ANN401  As JSON.
        """Ask something of the branch."""
        return self.ask((f"branch.{verb}.v1", {"branch_id": BRANCH, **said}))

    def open_and_add(self, asked: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """Open the branch and let it ask; return what it could ask for."""
        self.on_branch("open", title="What if")
        return [
            (name, data)
            for name, data in asked
            if self.on_branch(
                "add_request", command=name, data={"project_id": PROJECT, **data}
            ).kind
            == "recorded"
        ]

    def live(self, life: list[Any]) -> None:
        """Let requests be made, refused ones as well, and facts come in."""
        for each in life:
            if len(each) == 2:
                self.ask(each)
            else:
                self._happen(*each)

    def rows(self) -> dict[str, Any]:
        """Return the rows of the schedule."""
        changes = self.views.as_of("schedule", PROJECT, self.log.head())
        return {change.row_id: change.row for change in changes}

    def dates(self) -> dict[str, ScheduledPhase] | None:
        """Return the dates of every phase; None where there is no schedule."""
        schedule = self.views.network(PROJECT, self.log.head()).schedule()
        return None if schedule is None else dict(schedule.phases)

    def size(self) -> tuple[int, int]:
        """Return how many events and answers the log holds."""
        return len(self.tables.events), len(self.tables.inbox)

    def _ask(self) -> Ask:
        self.minutes += 1
        at = START + timedelta(minutes=self.minutes)
        return Ask(MessageKey("tests", str(self.minutes)), ANNA, at)

    def _happen(self, what: str, phase_id: str, hours: int) -> None:
        ask = self._ask()
        when = START + timedelta(hours=hours)
        event: DomainEvent = {
            "started": PhaseStarted(actual_start=when),
            "progress": ProgressRecorded(remaining_min=hours * 60, basis="report"),
            "finished": PhaseFinished(actual_finish=when),
        }[what]
        envelope = Envelope(
            recorded_at=ask.received_at,
            effective_at=when,
            intake="fact",
            actor="mes",
            role="plant_system",
            source="mes",
            message_id=ask.key.id,
            causation_id=ask.key.id,
            correlation_id=ask.key.id,
            project_id=PROJECT,
        )
        proposed = Proposed(f"phase-{PROJECT}/{phase_id}", event, envelope)
        digest = sha256(ask.key.id.encode()).digest()
        self.log.append([Submission(ask.key, digest, ask.received_at, (proposed,))])

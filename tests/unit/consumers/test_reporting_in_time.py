"""Follow a department's reports through the whole system: asked for, missed, accepted, counted.

Complaint: absentees are found by hand, and an accepted report does not reach the plan.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.policy_runner import PolicyRunner
from consumers.reporting import reports
from consumers.verbs.reports import reports_text
from domain.kernel.messages import Recorded
from domain.log.port import Outcome
from domain.phases.events import ProgressRecorded
from projections.replay import messages_of
from tests.unit.consumers.systems import OPEN, StandingClock, ask, plan_phase, report, system_in

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
SENT = "2026-03-06T13:00:00Z"
GRIND_AND_WELD: tuple[dict[str, Any], ...] = (
    {"phase_id": "grind", "remaining_min": 480},
    {"phase_id": "weld", "remaining_min": 240, "physical_bp": 5_000},
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Office:
    """A project with the phases weld and grind, and the clock on its wall."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.count = 0
        self.asks(*OPEN)
        for phase_id in ("weld", "grind"):
            self.asks(*plan_phase(phase_id))

    @property
    def clock(self) -> StandingClock:
        clock = self.system.clock
        assert isinstance(clock, StandingClock)
        return clock

    def asks(self, name: str, body: str) -> Outcome:
        self.count += 1
        outcome = ask(self.system, name, body, message_id=str(self.count))
        assert outcome.kind == "recorded", outcome.text
        self.system.policies.catch_up()
        return outcome

    def reports_by(self, department: str = "Works", **rule: object) -> None:
        body = {
            "project_id": "P", "department_id": department, "rrule": "FREQ=WEEKLY;BYDAY=FR",
            "zone": "Europe/Berlin", "due_offset_min": 960, "grace_min": 1_440, **rule,
        }  # fmt: skip
        self.asks("report.set_schedule.v1", json.dumps(body))

    def plans_to_paint(self) -> None:
        self.asks(
            "plan.plan_phase.v1",
            '{"project_id":"P","phase_id":"paint","name":"Painting","department_id":"Paint",'
            '"duration_min":480}',
        )

    def hears(self, name: str, subject: str, true_at: datetime | None = None, **data: Any) -> None:  # noqa: ANN401
        self.count += 1
        told = report(
            self.system, name, subject, data, message_id=f"m{self.count}", true_at=true_at
        )
        assert told.kind == "recorded", told.text
        self.system.policies.catch_up()

    def sends(self, week: str, *lines: dict[str, Any], as_of: str = SENT) -> None:
        self.hears("report.submitted.v1", f"report-P/Works/{week}", as_of=as_of, lines=lines)

    def accepts(self, week: str) -> None:
        body = {"project_id": "P", "department_id": "Works", "period": week}
        self.asks("report.accept.v1", json.dumps(body))

    def comes_to(self, moment: datetime) -> None:
        """Let it be a moment, with a tick there and at each moment waited for before it."""
        while True:
            self.system.policies.catch_up()
            waited = self.system.policies._of("P", self.system.log.head() + 1).due()  # noqa: SLF001
            to = moment if waited is None else min(moment, waited)
            self.clock.at = to
            self.system.ticker.tick(to)
            self.system.policies.catch_up()
            if to == moment:
                return

    def said_of(self, stream: str) -> list[tuple[str, str]]:
        """Return what happened to a report, each with the minute at which it was recorded."""
        return [
            (each.event.type_name.removeprefix("report."), f"{each.recorded_at:%m-%d %H:%M}")
            for each in self.system.log.read_stream(stream)
        ]

    def progress(self, phase_id: str) -> list[Recorded[Any]]:
        history = self.system.log.read_stream(f"phase-P/{phase_id}")
        return [each for each in history if isinstance(each.event, ProgressRecorded)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with system_in(tmp_path) as system:
        yield Office(system)


def test_a_report_is_requested_reminded_of_and_missed_once_by_the_departments_own_clock(
    office: Office,
) -> None:
    """Due on Friday at 16:00 in Berlin, 15:00 in UTC; missed after a day of grace."""
    office.reports_by()
    over = utc("2026-03-07T15:00")
    office.comes_to(over)
    asked = [
        ("requested.v1", "03-02 07:00"),
        ("reminded.v1", "03-06 15:00"),
    ]
    assert office.said_of("report-P/Works/2026-W10") == asked
    for later in (MOMENT, MOMENT, HOUR, 24 * HOUR):
        office.comes_to(office.clock.at + later)
    missed = [*asked, ("missed.v1", "03-07 15:00")]
    assert office.said_of("report-P/Works/2026-W10") == missed
    (last,) = [
        each
        for each in office.system.log.read_stream("report-P/Works/2026-W10")
        if each.event.type_name == "report.missed.v1"
    ]
    assert last.recorded_at == over + MOMENT
    assert last.event.overdue_at == over


def test_the_grace_of_a_zone_follows_its_clock_over_the_change_to_summer_time(
    office: Office,
) -> None:
    """On 29 March Berlin goes from UTC+1 to UTC+2: 16:00 on the wall is an hour earlier in UTC."""
    office.reports_by(rrule="FREQ=WEEKLY;BYDAY=SU", grace_min=60)
    office.plans_to_paint()
    office.reports_by("Paint", rrule="FREQ=WEEKLY;BYDAY=SU", grace_min=60, zone="Asia/Kolkata")
    office.comes_to(utc("2026-03-31T00:00"))
    assert office.said_of("report-P/Works/2026-W12")[-2:] == [
        ("reminded.v1", "03-22 15:00"), ("missed.v1", "03-22 16:00"),
    ]  # fmt: skip
    assert office.said_of("report-P/Works/2026-W13") == [
        ("requested.v1", "03-22 23:00"),
        ("reminded.v1", "03-29 14:00"),
        ("missed.v1", "03-29 15:00"),
    ]
    assert office.said_of("report-P/Works/2026-W14") == [("requested.v1", "03-29 22:00")]
    assert office.said_of("report-P/Paint/2026-W13")[1:] == [
        ("reminded.v1", "03-29 10:30"), ("missed.v1", "03-29 11:30"),
    ]  # fmt: skip


def test_the_template_names_what_runs_or_starts_within_the_look_ahead(office: Office) -> None:
    office.reports_by(look_ahead_days=7)
    (requested,) = office.system.log.read_stream("report-P/Works/2026-W10")
    assert requested.event.template == ("grind", "weld")


def test_what_came_in_time_was_not_missed_and_what_came_late_was(office: Office) -> None:
    office.reports_by()
    office.comes_to(utc("2026-03-07T14:59"))
    office.sends("2026-W10")
    office.comes_to(utc("2026-03-14T15:01"))
    office.sends("2026-W11", as_of="2026-03-13T13:00:00Z")
    office.comes_to(utc("2026-03-15T08:00"))
    names = [[name for name, _ in office.said_of(f"report-P/Works/2026-W{n}")] for n in (10, 11)]
    assert names == [
        ["requested.v1", "reminded.v1", "submitted.v1"],
        ["requested.v1", "reminded.v1", "missed.v1", "submitted.v1"],
    ]


def test_a_system_that_was_off_says_on_its_first_tick_what_was_missed_meanwhile(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        Office(system).reports_by()
    with system_in(tmp_path, StandingClock(utc("2026-03-15T08:00"))) as system:
        system.ticker.tick(system.clock())
        system.policies.catch_up()
        for week in (10, 11):
            history = system.log.read_stream(f"report-P/Works/2026-W{week}")
            assert [each.event.type_name for each in history].count("report.missed.v1") == 1


def test_the_compliance_matrix_tells_who_reported_and_who_did_not(office: Office) -> None:
    office.reports_by()
    office.plans_to_paint()
    office.reports_by("Paint", grace_min=0)
    office.comes_to(utc("2026-03-06T14:00"))
    office.sends("2026-W10", *GRIND_AND_WELD)
    office.comes_to(utc("2026-03-09T08:00"))
    told = reports(office.system.views, "P", {})
    cells = {
        row["department"]: [(each["period"], each["state"], each["missed_at"])]
        for row in told["departments"]
        for each in row["reports"][:1]
    }
    assert cells == {
        "Works": [("2026-W10", "submitted", None)],
        "Paint": [("2026-W10", "missed", "2026-03-06T15:00:00Z")],
    }
    assert [row["missed"] for row in told["departments"]] == [1, 0]
    assert told["complied"] is False


def finished(office: Office, phase_id: str, at: str) -> None:
    """Let a phase be worked for an hour, until a moment."""
    end = utc(at)
    start = (end - HOUR).isoformat()
    office.comes_to(end)
    office.hears("phase.started.v1", f"phase-P/{phase_id}", actual_start=start)
    office.hears("phase.finished.v1", f"phase-P/{phase_id}", actual_finish=end.isoformat())


def states(office: Office) -> dict[str, str]:
    (row,) = reports(office.system.views, "P", {})["departments"]
    return {each["period"]: each["state"] for each in row["reports"]}


def test_a_department_that_has_nothing_left_is_asked_for_no_further_report(office: Office) -> None:
    """All is done on Wednesday: the week's report stays asked for, that of the next is not."""
    office.reports_by()
    finished(office, "weld", "2026-03-03T12:00")
    finished(office, "grind", "2026-03-04T12:00")
    office.comes_to(utc("2026-03-17T08:00"))
    assert [name for name, _ in office.said_of("report-P/Works/2026-W10")] == [
        "requested.v1", "reminded.v1", "missed.v1",
    ]  # fmt: skip
    assert office.said_of("report-P/Works/2026-W11") == []
    assert office.said_of("report-P/Works/2026-W12") == []
    assert states(office) == {
        "2026-W10": "missed", "2026-W11": "not_asked", "2026-W12": "not_asked",
    }  # fmt: skip
    assert conflicts(office, "report_overdue") == [("report_overdue", "03-07 15:00")]
    office.sends("2026-W10", *GRIND_AND_WELD)
    told = reports(office.system.views, "P", {})
    assert (told["departments"][0]["missed"], told["departments"][0]["late"]) == (0, 1)
    row, why = reports_text(told).splitlines()[3:5]
    assert row.split()[3:9] == ["submitted", "late!", "not", "asked", "not", "asked"]
    assert why == "  not asked: the department had nothing left to report on"


def test_a_department_whose_phase_is_reopened_reports_from_the_next_period_on(
    office: Office,
) -> None:
    office.reports_by()
    finished(office, "weld", "2026-03-03T12:00")
    finished(office, "grind", "2026-03-04T12:00")
    office.comes_to(utc("2026-03-11T08:00"))
    office.asks(
        "phase.reopen.v1",
        '{"project_id":"P","phase_id":"weld","reason":{"code":"quality_rework"}}',
    )
    office.comes_to(utc("2026-03-16T08:00"))
    assert office.said_of("report-P/Works/2026-W11") == []
    assert office.said_of("report-P/Works/2026-W12") == [("requested.v1", "03-15 23:00")]
    assert states(office) == {
        "2026-W10": "missed", "2026-W11": "not_asked", "2026-W12": "awaited",
    }  # fmt: skip


def test_a_finish_that_is_void_brings_the_reports_back_from_the_next_period_on(
    office: Office,
) -> None:
    office.reports_by()
    finished(office, "weld", "2026-03-03T12:00")
    finished(office, "grind", "2026-03-04T12:00")
    finish = office.system.log.read_stream("phase-P/grind")[-1]
    office.comes_to(utc("2026-03-11T08:00"))
    void = {"project_id": "P", "target": finish.event_id, "why": "it was another phase"}
    office.asks("event.void.v1", json.dumps(void))
    office.comes_to(utc("2026-03-16T08:00"))
    assert office.said_of("report-P/Works/2026-W11") == []
    assert [name for name, _ in office.said_of("report-P/Works/2026-W12")] == ["requested.v1"]
    assert states(office)["2026-W11"] == "not_asked"


def test_no_report_of_a_project_that_is_over_is_awaited(office: Office) -> None:
    office.reports_by()
    office.comes_to(utc("2026-03-08T08:00"))
    cancelled = {"project_id": "P", "reason": {"code": "customer_request", "text": "Sold"}}
    office.asks("project.cancel.v1", json.dumps(cancelled))
    office.comes_to(utc("2026-03-17T08:00"))
    assert states(office) == {
        "2026-W10": "missed", "2026-W11": "not_asked", "2026-W12": "not_asked",
    }  # fmt: skip


def running(office: Office) -> None:
    """Let the work on weld begin on Tuesday, and its department report every Friday."""
    office.reports_by()
    office.comes_to(utc("2026-03-03T07:00"))
    office.hears("phase.started.v1", "phase-P/weld", actual_start="2026-03-03T07:00:00Z")
    office.comes_to(utc("2026-03-06T14:00"))


def test_an_accepted_report_is_progress_as_of_the_report_however_late_it_is_accepted(
    office: Office,
) -> None:
    running(office)
    office.sends("2026-W10", *GRIND_AND_WELD)
    assert office.progress("weld") == []
    office.comes_to(utc("2026-03-11T09:00"))
    office.accepts("2026-W10")
    (known,) = office.progress("weld")
    acceptance = office.system.log.read_stream("report-P/Works/2026-W10")[-1]
    assert acceptance.event.type_name == "report.accepted.v1"
    assert known.event == ProgressRecorded(remaining_min=240, physical_bp=5_000, basis="report")
    assert known.effective_at == datetime.fromisoformat(SENT)
    assert known.recorded_at == utc("2026-03-11T09:00")
    assert known.envelope.causation_id == acceptance.event_id
    assert known.envelope.actor == "takt"


def test_a_line_that_is_refused_holds_no_other_back(office: Office) -> None:
    """Grinding, the first line, was never started, so it can make no progress."""
    running(office)
    office.sends("2026-W10", *GRIND_AND_WELD)
    office.accepts("2026-W10")
    assert office.progress("grind") == []
    assert [each.event.remaining_min for each in office.progress("weld")] == [240]


def test_what_was_reported_before_it_was_known_to_be_done_does_not_undo_the_finish(
    office: Office,
) -> None:
    running(office)
    office.sends("2026-W10", *GRIND_AND_WELD)
    office.comes_to(utc("2026-03-09T09:00"))
    office.hears("phase.finished.v1", "phase-P/weld", actual_finish="2026-03-09T08:00:00Z")
    office.accepts("2026-W10")
    assert office.progress("weld") == []


def test_reading_the_log_again_asks_for_nothing_new(office: Office) -> None:
    running(office)
    office.sends("2026-W10", *GRIND_AND_WELD)
    office.accepts("2026-W10")
    office.comes_to(utc("2026-03-15T09:00"))
    log = office.system.log
    before = log.head()
    again = PolicyRunner(log, office.system.dispatcher)
    for message in messages_of(log.read(0, before)):
        again._clock.reach(message[-1].position)  # noqa: SLF001
        again._react(message)  # noqa: SLF001  As after a crash before any position was kept.
    assert log.head() == before
    assert len(office.progress("weld")) == 1


def conflicts(office: Office, rule: str) -> list[tuple[str, str]]:
    """Return what became of the conflicts of one rule: the rule or the step, and when."""
    events = [each for each in office.system.log.read(0, 10_000) if each.stream[:9] == "conflict-"]
    found = {each.stream for each in events if getattr(each.event, "rule", None) == rule}
    return [
        (getattr(each.event, "rule", each.event.type_name), f"{each.recorded_at:%m-%d %H:%M}")
        for each in events
        if each.stream in found
    ]


def test_a_missed_report_is_a_conflict_until_the_department_reports_again(office: Office) -> None:
    office.reports_by()
    office.comes_to(utc("2026-03-09T08:00"))
    assert conflicts(office, "report_overdue") == [("report_overdue", "03-07 15:00")]
    office.comes_to(utc("2026-03-13T14:00"))
    office.sends("2026-W11", *GRIND_AND_WELD, as_of="2026-03-13T13:00:00Z")
    assert conflicts(office, "report_overdue")[1:] == [("conflict.cleared.v1", "03-13 14:00")]


def test_a_phase_of_which_nothing_is_heard_becomes_a_conflict_by_time_alone(
    office: Office,
) -> None:
    """Started on Tuesday, 3 March, 07:00; silent for a week and a half until Friday the 13th."""
    running(office)
    office.sends("2026-W10", *GRIND_AND_WELD)
    office.comes_to(utc("2026-03-13T14:00"))
    office.sends("2026-W11", *GRIND_AND_WELD, as_of="2026-03-13T13:00:00Z")
    office.comes_to(utc("2026-03-14T09:00"))
    # What is stalled must have lasted for 15 minutes.
    assert conflicts(office, "stalled") == [("stalled", "03-13 19:15")]

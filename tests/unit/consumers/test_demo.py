"""Hold the demo to being a believable project whose weeks can be played, the same each time."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from consumers.bootstrap import System
from consumers.demo.player import DemoClock, Player
from consumers.demo.project import ORDERS, PROJECT_ID, plan, project_start
from consumers.demo.story import story
from consumers.running import begin_demo, demo_start
from domain.notices.events import NoticeAcknowledged, NoticePrepared, NoticeSent
from tests.unit.consumers.systems import StandingClock, system_in

TODAY = date(2026, 3, 4)
MONDAY = datetime(2026, 1, 5, 6, tzinfo=UTC)


def play(system: System, clock: StandingClock, until: timedelta) -> Player:
    """Play the story up to a moment, the clock going along with it."""
    player = Player(
        story(plan(project_start(TODAY))), system.dispatcher, system.log, system.door, clock
    )
    end = MONDAY + until
    while clock.at < end:
        clock.at = min(clock.at + timedelta(hours=6), end)
        player.play_until(clock.at)
    return player


def test_the_plan_is_large_enough_to_look_at() -> None:
    planned = plan(project_start(TODAY))
    work = [phase for phase in planned["phases"] if phase.get("parent")]
    assert len(work) == 69
    assert len({phase["department"] for phase in planned["phases"]}) == 6
    assert len(ORDERS) == 12
    assert project_start(TODAY).astimezone(UTC) == MONDAY


def test_the_same_start_tells_the_same_story() -> None:
    planned = plan(project_start(TODAY))
    assert story(planned) == story(planned)
    assert story(planned) != story(planned, seed=1)


def test_every_message_of_the_story_has_an_id_of_its_own() -> None:
    ids = [beat.id for beat in story(plan(project_start(TODAY)))]
    assert len(ids) == len(set(ids))


def test_the_whole_story_is_taken_in_and_shows_what_a_coordinator_meets(tmp_path: Path) -> None:
    clock = StandingClock(MONDAY)
    with system_in(tmp_path, clock) as system:
        system.lease.take()
        begin_demo(system, TODAY)
        play(system, clock, timedelta(weeks=13))
        system.settle()
        seen = Counter(event.event.type_name for event in system.log.read(0, 10_000))
        status = system.views.status(PROJECT_ID, None)
        letters = system.log.dead_letters()
        verdicts = system.verify(None)["projections"]
    assert letters == []
    assert seen["phase.started.v1"] == seen["phase.finished.v1"] == 69
    assert seen["commitment.requested.v1"] == 12
    assert seen["commitment.receipt_posted.v1"] == 11
    assert seen["commitment.promise_date_moved.v1"] == 1
    assert seen["resource.outage_reported.v1"] == seen["resource.outage_ended.v1"] == 1
    assert seen["phase.interrupted.v1"] == seen["phase.resumed.v1"] == 1
    assert seen["conflict.raised.v1"] == seen["conflict.resolved.v1"] == 1
    assert seen["conflict.detected.v1"] >= 2
    assert seen["conflict.cleared.v1"] >= 1
    assert seen["contract.signed.v1"] == seen["contract.review_completed.v1"] == 2
    assert seen["contract.finding_resolved.v1"] == seen["contract.amended.v1"] == 1
    assert seen["meeting.held.v1"] == seen["meeting.minutes_approved.v1"] == 10
    assert seen["meeting.action_created.v1"] == seen["meeting.action_completed.v1"] + 1
    assert seen["request.applied.v1"] == seen["branch.merged.v1"] == 1
    assert seen["request.customer_informed.v1"] == 1
    assert seen["inquiry.closed.v1"] == 2
    assert seen["publication.schedule_published.v1"] == 6
    assert seen["publication.status_report_issued.v1"] == 6
    assert seen["notice.sent.v1"] == seen["notice.acknowledged.v1"] + 1 == 9
    assert seen["report.returned.v1"] == 1
    assert seen["report.submitted.v1"] == seen["report.accepted.v1"] + 1
    assert seen["project.baseline_approved.v1"] == 1
    assert seen["estimate.budget_baselined.v1"] == seen["estimate.approved.v1"] == 60
    assert status["finished"] == 69
    assert [each["vendor"] for each in status["unconfirmed"]] == ["TÜV service"]
    assert all(verdict["equal"] for verdict in verdicts)


def test_a_demo_that_is_started_again_goes_on_where_it_was(tmp_path: Path) -> None:
    clock = StandingClock(MONDAY)
    with system_in(tmp_path, clock) as system:
        begin_demo(system, TODAY)
        play(system, clock, timedelta(weeks=1))
        head = system.log.head()
    with system_in(tmp_path, StandingClock(MONDAY)) as system:
        begin_demo(system)
        assert demo_start(system).astimezone(UTC) == MONDAY
        play(system, StandingClock(MONDAY), timedelta(weeks=1))
        assert system.log.head() == head


def test_nothing_of_the_story_is_refused(tmp_path: Path) -> None:
    clock = StandingClock(MONDAY)
    with system_in(tmp_path, clock) as system:
        begin_demo(system, TODAY)
        with capture_logs() as logs:
            play(system, clock, timedelta(weeks=13))
    assert [each for each in logs if each["event"].startswith("demo.command")] == []


def test_what_policies_prepare_is_sent_and_read_by_all_but_one(tmp_path: Path) -> None:
    clock = StandingClock(MONDAY)
    with system_in(tmp_path, clock) as system:
        system.lease.take()
        begin_demo(system, TODAY)
        player = play(system, clock, timedelta(weeks=3))
        system.settle()
        clock.advance(timedelta(days=1))
        player.play_until(clock.at)
        notices = [each for each in system.log.read(0, 10_000) if each.stream.startswith("notice-")]
    recipients: dict[str, str] = {}
    read = set()
    for each in notices:
        if isinstance(each.event, NoticePrepared):
            (recipients[each.stream],) = each.event.recipients
        if isinstance(each.event, NoticeAcknowledged):
            read.add(each.stream)
    sent = {each.stream for each in notices if isinstance(each.event, NoticeSent)}
    assert sent == recipients.keys()
    assert {recipients[stream] for stream in sent - read} == {"Fluxtec"}


def test_the_demo_clock_plays_weeks_in_minutes_and_then_keeps_time() -> None:
    real = StandingClock(datetime(2026, 3, 4, 12, tzinfo=UTC))
    clock = DemoClock(real, MONDAY, play_s=240)
    assert clock() == MONDAY
    real.advance(timedelta(seconds=120))
    half = clock()
    assert MONDAY + timedelta(weeks=4) < half < MONDAY + timedelta(weeks=4, days=3)
    real.advance(timedelta(seconds=121))
    assert clock() == real.at

"""Hold workers to being started again when they fail, and to ending when they are told."""

import gc
from collections.abc import Callable
from threading import Event

from structlog.contextvars import bound_contextvars, get_contextvars

from consumers.kafka.watchdog import CallHung
from consumers.supervision import (
    BACK_OFF_S,
    COLLECT_AFTER,
    EXIT_HUNG,
    Workers,
    rare_collections,
)
from projections.contract import StaleEngine
from tests.services.waiting import wait_until

DEADLINE_S = 10.0


def until_told(work: Callable[[], None]) -> Callable[[Event], None]:
    """Return a worker that does something once and then waits for its end."""

    def worker(stop: Event) -> None:
        work()
        stop.wait()

    return worker


def test_a_worker_that_fails_is_seen_and_started_again() -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("the database is away")

    workers = Workers({"projector": until_told(work)})
    workers.start()
    wait_until(lambda: bool(workers.failing), "the failure", deadline_s=DEADLINE_S)
    assert workers.failing == {"projector": "ConnectionError: the database is away"}
    wait_until(lambda: len(tries) == 2, "the second try", deadline_s=DEADLINE_S)
    assert workers.failing == {}
    workers.stop()


def test_an_outage_long_ago_does_not_lengthen_the_wait_after_the_next() -> None:
    now = [0.0]
    waited: list[float] = []

    class Told(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waited.append(timeout)
            return super().wait(0)

    def work(stop: Event) -> None:
        # The first three fail at once, the fourth after an hour, the fifth ends.
        if len(waited) == 3:
            now[0] += 3_600
        if len(waited) == 4:
            stop.set()
            return
        raise ConnectionError("the database is away")

    workers = Workers({"projector": work}, monotonic=lambda: now[0], told=Told())
    workers.start()
    wait_until(lambda: len(waited) == 4, "the fourth wait", deadline_s=DEADLINE_S)
    workers.stop()
    assert waited == [0.5, 1.0, 2.0, 0.5]


def test_one_that_lost_to_a_faster_engine_stands_by_and_does_not_fail() -> None:
    tried = Event()

    def lose(stop: Event) -> None:
        del stop
        tried.set()
        raise StaleEngine("schedule", 4, 7)

    workers = Workers({"projector": lose})
    workers.start()
    assert tried.wait(DEADLINE_S)
    workers.stop()
    assert workers.failing == {}


def test_a_worker_that_fails_hinders_no_other() -> None:
    done = Event()

    def fail(stop: Event) -> None:
        del stop
        raise ValueError("a defect")

    workers = Workers({"bad": fail, "good": until_told(done.set)})
    workers.start()
    assert done.wait(DEADLINE_S)
    workers.stop()


def test_a_hung_library_ends_the_process_at_once() -> None:
    ended: list[int] = []
    done = Event()

    def end(code: int) -> None:
        ended.append(code)
        done.set()

    def hang(stop: Event) -> None:
        del stop
        raise CallHung("poll did not return")

    workers = Workers({"intake": hang}, fatal=(CallHung,), end=end)
    workers.start()
    assert done.wait(DEADLINE_S)
    workers.stop()
    assert ended == [EXIT_HUNG]


def test_workers_log_with_what_was_bound_when_they_were_started() -> None:
    seen: list[object] = []
    done = Event()

    def look() -> None:
        seen.append(get_contextvars().get("role"))
        done.set()

    with bound_contextvars(role="all"):
        workers = Workers({"projector": until_told(look)})
        workers.start()
    assert done.wait(DEADLINE_S)
    workers.stop()
    assert seen == ["all"]


def test_patience_grows_and_has_an_end() -> None:
    assert list(BACK_OFF_S) == sorted(BACK_OFF_S)
    assert BACK_OFF_S[-1] <= 60


def test_collections_are_rare_while_a_server_runs_and_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with rare_collections():
        assert gc.get_threshold() == COLLECT_AFTER
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0

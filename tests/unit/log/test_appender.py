"""Many callers, one commit at a time; whatever happens, nobody waits for ever."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from domain.log import appender as module
from domain.log.appender import Appender
from domain.log.judgement import Call, Judged
from domain.log.port import DeadLetter, Fenced, LogUnavailable, Outcome
from tests.services.waiting import wait_until
from tests.unit.log.samples import START, record

DEADLINE_S = 10.0

Answer = list[list[Judged] | Fenced]


class SlowStore:
    """Commits when it is let to, and remembers what came together."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.go = threading.Semaphore(0)
        self.fail: Callable[[list[str]], None] = lambda _: None

    def commit(self, calls: Sequence[Call]) -> Answer:
        names = [name_of(call) for call in calls]
        self.groups.append(names)
        assert self.go.acquire(timeout=DEADLINE_S)
        self.fail(names)
        return [
            Fenced(name) if name.startswith("fenced") else [answer(name)] * len(call.items)
            for name, call in zip(names, calls, strict=True)
        ]


def call(name: str, items: int = 1) -> Call:
    return Call([DeadLetter(record(name), name, "", START)] * items)


def name_of(one: Call) -> str:
    item = one.items[0]
    assert isinstance(item, DeadLetter)
    return item.code


def answer(name: str) -> Judged:
    return Judged(None, Outcome("dead", code=name))


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def signals() -> list[None]:
    return []


@pytest.fixture
def appender(store: SlowStore, signals: list[None]) -> Iterator[Appender]:
    made = Appender(store.commit, lambda: signals.append(None))
    yield made
    store.go.release(1000)
    made.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as made:
        yield made


Append = Callable[..., Future[list[Judged]]]


@pytest.fixture
def append(appender: Appender, store: SlowStore, pool: ThreadPoolExecutor) -> Append:
    """Append from another thread; return once it is queued, or the first of all is taken."""

    def queue(name: str, items: int = 1) -> Future[list[Judged]]:
        before = queued(appender)
        done = pool.submit(appender.append, call(name, items))
        wait_until(
            lambda: (
                any(name in group for group in store.groups)
                or (name != "first" and queued(appender) > before)
            ),
            f"{name} in the queue",
            deadline_s=DEADLINE_S,
        )
        return done

    return queue


def queued(appender: Appender) -> int:
    return appender._queue.qsize()  # noqa: SLF001  Nobody but a test has to know.


def codes(done: Future[list[Judged]]) -> list[str]:
    return [judged.outcome().code for judged in done.result(DEADLINE_S)]


def test_what_comes_while_a_commit_runs_is_committed_together_in_order(
    append: Append, store: SlowStore, signals: list[None]
) -> None:
    calls = [append(name) for name in ("first", "b", "c", "d")]
    store.go.release(2)
    assert [codes(done) for done in calls] == [["first"], ["b"], ["c"], ["d"]]
    assert store.groups == [["first"], ["b", "c", "d"]]
    assert len(signals) == 2


def test_a_group_is_bounded_and_a_call_is_never_split(
    append: Append, store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP_ITEMS", 5)
    calls = [append("first")]
    calls += [append(name, items) for name, items in (("b", 3), ("c", 2), ("d", 1), ("e", 9))]
    store.go.release(4)
    assert [len(codes(done)) for done in calls] == [1, 3, 2, 1, 9]
    assert store.groups == [["first"], ["b", "c"], ["d"], ["e"]]


def test_a_fenced_call_fails_alone(append: Append, store: SlowStore) -> None:
    calls = [append(name) for name in ("first", "fenced", "c")]
    store.go.release(2)
    assert codes(calls[2]) == ["c"]
    with pytest.raises(Fenced, match="fenced"):
        calls[1].result(DEADLINE_S)


def test_an_outage_fails_everybody_who_waits_and_the_next_is_tried_again(
    append: Append, store: SlowStore, signals: list[None]
) -> None:
    calls = [append(name) for name in ("first", "b", "c")]

    def down(names: list[str]) -> None:
        raise LogUnavailable(",".join(names))

    store.fail = down
    store.go.release(2)
    for done, group in zip(calls, ("first", "b,c", "b,c"), strict=True):
        with pytest.raises(LogUnavailable, match=f"^{group}$"):
            done.result(DEADLINE_S)
    assert signals == []
    store.fail = lambda _: None
    store.go.release()
    assert codes(append("later")) == ["later"]


def test_one_call_that_cannot_be_written_fails_none_of_its_neighbours(
    append: Append, store: SlowStore
) -> None:
    calls = [append(name) for name in ("first", "b", "poison", "d")]

    def refuse(names: list[str]) -> None:
        if "poison" in names:
            raise ZeroDivisionError

    store.fail = refuse
    store.go.release(10)
    assert [codes(calls[number]) for number in (0, 1, 3)] == [["first"], ["b"], ["d"]]
    with pytest.raises(ZeroDivisionError):
        calls[2].result(DEADLINE_S)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_ends_nobody_waits_and_the_log_is_not_healthy(
    append: Append, appender: Appender, store: SlowStore
) -> None:
    calls = [append(name) for name in ("first", "b")]

    def end(names: list[str]) -> None:
        raise SystemExit(names)

    store.fail = end
    store.go.release(1)
    for done in calls:
        with pytest.raises(LogUnavailable, match="the appender ended: SystemExit"):
            done.result(DEADLINE_S)
    assert isinstance(appender.died, SystemExit)
    with pytest.raises(LogUnavailable, match="the appender ended"):
        appender.append(call("later"))


def test_a_full_queue_holds_callers_back_and_then_refuses_them(
    append: Append, appender: Appender, store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_CALLS", 2)
    monkeypatch.setattr(module, "QUEUE_TIMEOUT_S", 0.05)
    calls = [append("first"), append("b"), append("b2")]
    with pytest.raises(LogUnavailable, match="2 calls wait"):
        appender.append(call("c"))
    store.go.release(2)
    assert [codes(done) for done in calls] == [["first"], ["b"], ["b2"]]
    store.go.release()
    assert codes(append("c")) == ["c"]


def test_closing_commits_what_is_queued_and_refuses_what_comes_after(
    append: Append, appender: Appender, store: SlowStore
) -> None:
    calls = [append(name) for name in ("first", "b", "c")]
    store.go.release(2)
    appender.close()
    assert [codes(done) for done in calls] == [["first"], ["b"], ["c"]]
    with pytest.raises(LogUnavailable, match="closed"):
        appender.append(call("late"))


def test_a_call_that_was_queued_in_the_moment_of_the_end_is_refused(
    store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    appender = Appender(store.commit, lambda: None)
    store.go.release(1)
    appender.append(call("first"))
    appender.close()
    monkeypatch.setattr(appender, "_closed", False)  # As it was when the late caller looked.
    with pytest.raises(LogUnavailable):
        appender.append(call("late"))


def test_half_of_the_callers_are_enough_where_the_database_has_a_core_of_its_own(
    store: SlowStore, pool: ThreadPoolExecutor
) -> None:
    appender = Appender(store.commit, lambda: None, overlapping=True)
    calls = [pool.submit(appender.append, call("first"))]
    wait_until(lambda: bool(store.groups), "the first commit", deadline_s=DEADLINE_S)
    calls += [pool.submit(appender.append, call(str(number))) for number in range(16)]
    wait_until(lambda: queued(appender) == 16, "a queue", deadline_s=DEADLINE_S)
    store.go.release(10)
    for done in calls:
        done.result(DEADLINE_S)
    assert [len(group) for group in store.groups] == [1, 9, 7]
    appender.close()

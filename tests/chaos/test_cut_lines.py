"""Keep the database's answer from whoever appends: what was committed is not written twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import pytest

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from tests.chaos.evidence import checked
from tests.chaos.history import History, read_history
from tests.chaos.plant import Message, messages
from tests.chaos.prepared import prepare
from tests.chaos.proxy import Proxy
from tests.chaos.writer_child import append
from tests.services.ports import LOOPBACK

pytestmark = [pytest.mark.chaos, pytest.mark.integration, pytest.mark.slow]

SEED: Final = 20260307
WRITERS: Final = 4
MESSAGES: Final = 25
CUT: Final = 0.02
SWALLOWED: Final = 0.12
TRIES_MAX: Final = 20
GREETINGS: Final = 12
"""Pieces with which a connection begins; an append comes after them."""


def through(url: str, port: int) -> str:
    """Return the same database's address by way of another port."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{LOOPBACK}:{port}"))


def write(address: str, path: Path, number: int) -> list[Message]:
    """Append one message after the other, each until it is acknowledged; return what was not."""
    log = open_log(address, registry=catalogue(), create_tables=False)
    new = messages(f"/mes/{number}", Random(number))
    left = []
    with History(path) as history:
        for _ in range(MESSAGES):
            batch = [next(new)]
            if not any(append(log, history, f"{number}", batch) for _ in range(TRIES_MAX)):
                left += batch
    log.close()
    return left


def test_a_commit_whose_answer_was_lost_counts_once(
    pg_url: str, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    address = prepare(tmp_path, TAKT_DATABASE_URL=pg_url)
    paths = [tmp_path / f"writer-{number}.jsonl" for number in range(WRITERS)]
    port = urlsplit(pg_url).port
    assert port is not None
    with Proxy(port, seed=SEED, cut=CUT, swallow=SWALLOWED, spared=GREETINGS) as proxy:
        by_proxy = through(pg_url, proxy.port)
        with ThreadPoolExecutor(WRITERS) as pool:
            left = list(pool.map(write, [by_proxy] * WRITERS, paths, range(WRITERS)))
        counts = proxy.counts
    report = checked(address, read_history(*paths))
    tell_figures(
        f"{counts['cut']} requests cut, {counts['swallowed']} answers lost; {report.figures}"
    )
    assert report.faults == []
    assert left == [[]] * WRITERS
    assert report.acknowledged == WRITERS * MESSAGES
    assert counts["swallowed"] > WRITERS

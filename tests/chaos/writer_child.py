"""Append facts from several threads until killed: `python -m tests.chaos.writer_child`.

What an earlier one of its kind left without an answer is sent first, as it was: retried by id.
"""

import argparse
import threading
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from consumers.intake import FactDoor, judge_fact
from consumers.kafka.json_format import read_event
from domain.kernel.messages import PLANT_SYSTEM, Principal
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog, LogUnavailable, Original
from tests.chaos.history import Entry, History, Identity, read_history
from tests.chaos.plant import Message, message, messages

DOOR: Final = FactDoor(registry=catalogue())
MES: Final = Principal(party_id="mes", role=PLANT_SYSTEM)
NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
BATCH_MAX: Final = 5
PAUSE_S: Final = 0.05


def append(log: EventLog, history: History, client: str, batch: list[Message]) -> bool:
    """Append a batch in one call; False where the database is away."""
    tried = [history.invoke(client, one.identity, one.project, one.body) for one in batch]
    submissions = [
        judge_fact(
            read_event(one.sent),
            door=DOOR,
            principal=MES,
            received_at=NOON,
            original=Original("file", "/".join(one.identity), one.sent),
        )
        for one in batch
    ]
    try:
        outcomes = log.append(submissions)
    except LogUnavailable:
        for each in tried:
            history.ended(each, "info")
        return False
    for each, outcome in zip(tried, outcomes, strict=True):
        if outcome.kind == "parked":
            history.ended(each, "ok", 0, "parked")
        elif outcome.kind == "recorded":
            history.ended(each, "ok", outcome.position)
        else:
            raise AssertionError(outcome)
    return True


def unanswered(entries: list[Entry], client: str) -> list[Message]:
    """Return what a client has no answer for, as it was sent."""
    answered = {entry.identity for entry in entries if entry.what == "ok"}
    open_ones = {
        entry.identity: entry
        for entry in entries
        if entry.client == client and entry.identity not in answered
    }
    return [_again(name, entry) for name, entry in open_ones.items()]


def _again(name: Identity, entry: Entry) -> Message:
    """Make the message anew whose body the history has only the digest of."""
    phases = [f"phase-{entry.key}/{phase}" for phase in ("later", "p0", "p1", "p2", "p3")]
    made = [message(*name, entry.key, phase) for phase in phases]
    return next(one for one in made if one.body == entry.body)


def write(log: EventLog, folder: Path, number: int, attempt: str, stop: threading.Event) -> None:
    """Be one client: finish what was begun, then go on with what is new."""
    path = folder / f"writer-{number}.jsonl"
    client = f"/writer/{number}"
    before = read_history(path) if path.exists() else []
    chance = Random(f"{number}-{attempt}")
    with History(path) as history:
        for late in unanswered(before, client):
            while not append(log, history, client, [late]) and not stop.wait(PAUSE_S):
                continue
        new = messages(client, chance, f"{attempt}-")
        while not stop.is_set():
            batch = list(islice(new, chance.randint(1, BATCH_MAX)))
            while not append(log, history, client, batch) and not stop.wait(PAUSE_S):
                continue


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--attempt", required=True)
    parser.add_argument("--threads", type=int, default=4)
    asked = parser.parse_args()
    with closing(open_log(asked.log, registry=catalogue(), create_tables=False)) as log:
        threads = [
            threading.Thread(
                target=write, args=(log, asked.folder, number, asked.attempt, threading.Event())
            )
            for number in range(asked.threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()

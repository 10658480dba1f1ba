"""Publish facts over HTTP at a steady rate, from a process of its own.

Run as a module it posts to a port for some seconds, and prints when it sent what came to be at
which position. Above a few events a second a plant's gateway sends what came in one moment as one
batch, and so does this. All processes read the same clock (`time.perf_counter`).
"""

import http.client
import json
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from typing import Any, Final

from tests.benchmarks.messages import START, project_of

GATEWAYS: Final = 8
BATCHES_PER_S: Final = 50
WAIT_S: Final = 120.0
_Data = dict[str, Any]
STOPS: Final = 0.05
"""The share of facts that tell of a standstill."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is published, and about what."""

    events_per_s: int
    seconds: float
    projects: int
    phases: int
    first: int = 0
    """Number of the first event: a load after another one goes on with its numbers."""

    @property
    def events(self) -> int:
        return int(self.events_per_s * self.seconds)


def published(port: int, load: Load) -> dict[int, float]:
    """Publish from a child process; return when each position was sent."""
    command = [
        sys.executable, "-m", __name__, str(port), str(load.events_per_s), str(load.seconds),
        str(load.projects), str(load.phases), str(load.first),
    ]  # fmt: skip
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=WAIT_S)
    return {int(position): at for position, at in json.loads(found.stdout).items()}


def facts(load: Load) -> list[dict[str, Any]]:
    """Return a plant's usual mix: phases are started, most facts tell progress, some a stop.

    A load that goes on after another one knows what was told before it.
    """
    dice = random.Random(7)
    told: list[dict[str, Any]] = []
    running: dict[str, int] = {}
    stopped: list[str] = []
    for number in range(load.first + load.events):
        project = project_of(dice.randrange(load.projects))
        subject = f"phase-{project}/p{dice.randrange(load.phases)}"
        moment = (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
        chance = dice.random()
        if subject not in running:
            running[subject] = 480
            kind, data = "phase.started.v1", _Data(actual_start=moment)
        elif subject in stopped:
            stopped.remove(subject)
            kind, data = "phase.resumed.v1", _Data(at=moment)
        elif chance < STOPS:
            stopped.append(subject)
            kind, data = "phase.interrupted.v1", _Data(at=moment, stop_code="machine_down")
        else:
            running[subject] = max(10, running[subject] - dice.randrange(5, 40))
            kind = "phase.progress_recorded.v1"
            data = _Data(remaining_min=running[subject], basis="count")
        told.append(
            {
                "specversion": "1.0", "id": f"g{number:09d}", "source": "/plant/hall-1/gateway",
                "type": kind, "subject": subject, "time": moment, "data": data,
            }
        )  # fmt: skip
    return told[load.first :]


def _main(port: int, load: Load) -> None:
    sent: dict[int, float] = {}
    lines: SimpleQueue[http.client.HTTPConnection] = SimpleQueue()
    for _ in range(GATEWAYS):
        lines.put(http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S))
    events = facts(load)
    size = max(1, load.events_per_s // BATCHES_PER_S)
    headers = {"Content-Type": "application/cloudevents-batch+json"}

    def post(batch: list[dict[str, Any]], due: float) -> None:
        line = lines.get()
        line.request("POST", "/v1/events", json.dumps(batch), headers)
        told = json.loads(line.getresponse().read())
        lines.put(line)
        for result in told["results"]:
            if result["outcome"] != "recorded":
                raise RuntimeError(str(result))
            sent[result["position"]] = due

    begin = time.perf_counter()
    with ThreadPoolExecutor(GATEWAYS) as gateways:
        posts = []
        for start in range(0, load.events, size):
            # Due by the clock, not by the answers: who is late has waited since it was due.
            due = begin + start / load.events_per_s
            time.sleep(max(0.0, due - time.perf_counter()))
            posts.append(gateways.submit(post, events[start : start + size], due))
        for one in posts:
            one.result()
    print(json.dumps(sent))  # noqa: T201  What the parent asked for.


if __name__ == "__main__":
    _port, _rate, _seconds, *_rest = sys.argv[1:]
    _main(int(_port), Load(int(_rate), float(_seconds), *(int(each) for each in _rest)))

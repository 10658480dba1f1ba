"""Append to a log for ever, printing each message's id once it is acknowledged; to be killed."""

import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from domain.log.open_log import open_log
from tests.unit.log.samples import REGISTRY, PartAdded, message


def main(path: str, attempt: str) -> None:
    log = open_log(path, registry=REGISTRY)
    for number in count():
        name = f"m-{attempt}-{number}"
        (outcome,) = log.append([message(name, PartAdded())])
        assert outcome.kind == "recorded"
        print(name, flush=True)  # noqa: T201  What it is for.


if __name__ == "__main__":
    main(*sys.argv[1:])

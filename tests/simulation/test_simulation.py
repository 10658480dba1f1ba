"""Hold the whole system to its promises in worlds made up from seeds, and the worlds to biting."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog

from tests.simulation.defects import PLANTED, Defect
from tests.simulation.world import simulated

pytestmark = pytest.mark.slow

SEEDS: Final = int(os.environ.get("TAKT_SIM_SEEDS", "100"))
CHUNK: Final = 25
REPO: Final = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    def silent(*_: object) -> str:
        raise structlog.DropEvent

    structlog.configure(processors=[silent])
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_world_ends_with_all_promises_kept(first: int) -> None:
    for seed in range(first, min(first + CHUNK, SEEDS)):
        simulated(seed)


def test_a_seed_gives_the_same_trace_in_every_process() -> None:
    told = "from tests.simulation.world import simulated; print(simulated(3).trace)"
    traces = {
        subprocess.run(
            [sys.executable, "-c", told],
            check=True,
            capture_output=True,
            text=True,
            cwd=REPO,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        ).stdout.splitlines()[-1]
        for hash_seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert traces == {simulated(3).trace}


def test_another_seed_is_another_world() -> None:
    assert len({simulated(seed).trace for seed in range(5)}) == 5


@pytest.mark.parametrize(
    ("defect", "seeds"), PLANTED.items(), ids=[defect.__name__ for defect in PLANTED]
)
def test_a_planted_defect_is_seen(defect: type[Defect], seeds: int) -> None:
    assert any(_fails(seed, defect()) for seed in range(seeds)), f"{seeds} worlds saw nothing"


def _fails(seed: int, defect: Defect) -> bool:
    try:
        simulated(seed, defect)
    except AssertionError as error:
        return error.__notes__ == [f"reproduce: python -m tests.simulation --from {seed} --seeds 1"]
    return False

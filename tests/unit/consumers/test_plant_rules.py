"""Which rules speak on a generated plant: what it tells must give each of them something to say."""

from datetime import timedelta

import pytest

from consumers.backtesting import backtested
from consumers.demo.plant import Plant
from consumers.timers import Ticker
from domain.rules import RULES
from tests.benchmarks.backtesting import POLICIES_NEEDED
from tests.plants import Doors
from tests.unit.consumers.systems import StandingClock, system_in

PLANT = Plant(seed=20, at_once=3, phases=(30, 60), reporting=True, office=True, publishing=True)
EVENTS = 6_000


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the codes of the rules that found something on the plant, ticks in between."""
    clock = StandingClock(PLANT.begin)
    with system_in(tmp_path_factory.mktemp("plant"), clock) as system:
        doors = Doors(system.log, dispatcher=system.dispatcher)
        ticker = Ticker(
            system.log, clock, due_by=lambda _: (), cadence=timedelta(hours=12),
            parking_limit=timedelta(days=1),
        )  # fmt: skip
        for message in PLANT.messages(EVENTS):
            clock.at = message.at
            ticker.look()
            doors.take([message])
        assert set(doors.outcomes) == {"recorded"}
        rules = backtested(system.log, system.views)["rules"]
    return {each["code"] for each in rules if each["fired"] or each["undecided"]}


def test_every_rule_speaks_but_those_that_policies_give_something_to_say(spoken: set[str]) -> None:
    assert {rule.code for rule in RULES} - spoken == POLICIES_NEEDED.keys()

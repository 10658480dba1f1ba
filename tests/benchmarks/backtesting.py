"""Back-test the rules, with the numbers they have by default, on a generated plant's history.

`python -m tests.benchmarks.backtesting [SEED] [EVENTS]` fills a log of its own in a temporary
folder, through the doors, with a tick each six hours and the policies running, and writes
`BACKTEST.md` beside this file.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog

from consumers.backtesting import backtested
from consumers.bootstrap import build
from consumers.demo.plant import Plant
from consumers.policy_runner import PolicyRunner
from consumers.settings import Settings
from consumers.timers import Ticker
from tests.plants import Doors

TABLE: Final = Path(__file__).parent / "BACKTEST.md"
SEED: Final = 20
EVENTS: Final = 16_000
TICK: Final = timedelta(hours=6)
POOR_BP: Final = 3_000
"""Less than three in ten of what such a rule finds come true."""


def measured(seed: int, events: int) -> dict[str, Any]:
    """Return the scores of all rules on the history of a plant, and what it is made of."""
    plant = Plant(
        seed=seed, at_once=6, phases=(30, 60), reporting=True, office=True, publishing=True
    )
    at = plant.begin

    def now() -> datetime:
        return at

    with TemporaryDirectory() as home:
        system = build(Settings(home=Path(home)), clock=now)
        try:
            doors = Doors(system.log, dispatcher=system.dispatcher)
            runner = PolicyRunner(system.log, system.dispatcher)
            ticker = Ticker(
                system.log, now, due_by=runner.due_by, cadence=TICK,
                parking_limit=timedelta(days=1),
            )  # fmt: skip
            for message in plant.messages(events):
                while at + TICK < message.at:
                    at += TICK
                    runner.catch_up()
                    ticker.look()
                at = message.at
                if message.kind == "requests":
                    runner.catch_up()  # Nobody asks faster than policies answer.
                doors.take([message])
            runner.catch_up()
            assert set(doors.outcomes) == {"recorded"}, doors.outcomes
            return backtested(system.log, system.views)
        finally:
            system.close()


def document(found: Mapping[str, Any], command: str) -> str:
    """Return the table with the command that printed it, and what it says of the rules."""
    return "\n".join([*_head(found, command), *_table(found), "", *_said(found), ""])


def _head(found: Mapping[str, Any], command: str) -> Iterator[str]:
    yield from ("# The rules on a generated history", "")
    yield f"Written by `{command}`. The same seed gives the same table."
    yield f"The history has {len(found['projects'])} projects and ends at position {found['to']};"
    yield f"the horizon is {found['horizon_days']} working days."
    yield _ABOUT


_ABOUT: Final = """
Vendors and departments have the habits of `consumers/demo/plant_habits.py`. The table says how
rules do on such habits, not on yours: `takt rules backtest` says it of your own log.

A conflict is true if one of its subjects then slips by a working day or more within the horizon,
against what was expected of it when the conflict was opened. Of a phase that is its forecast, in
which the delays known by then are included. Precision is true of fired, recall true of true and
missed, lead the median of the working days by which the first right warning was early. Where a
rule has nothing to be measured by it says none.

Rules that check what was reported (R, S11, X1) do not set out to foresee slips: their precision
says how often something slipped all the same, their recall is no target. About a third of the
projects are planned with a buffer, begin when they are planned to and are disturbed little; the
others begin a week late and slip, which a rule about a project as a whole is to tell apart.
What a rule finds of contracts, meetings, reports, estimates, items or resources has no due moment,
so it is counted as undecided.
"""

WHY: Final[Mapping[str, str]] = {
    "K2": "amendments come when nothing is on order any more, or the review is not invalidated",
    "M7": (
        "it speaks once the day is past and the float of who waits is used up: against its need "
        "the order has slipped by then. It tells of what is late, it does not foresee it"
    ),
    "M9": "an order that comes early does not slip: it tells of inventory, not of a delay",
    "M10": (
        "what it finds has come, so that the order does not slip any more; it tells what to "
        "inspect, and foresees nothing"
    ),
    "S1": (
        "four in five are of a start told a day late, so that its successor came first, the others "
        "a lag cut short by hours; neither makes a phase slip. It finds order, and foresees nothing"
    ),
}
"""Why a rule found nothing on such a history, or was mostly wrong."""
POLICIES_NEEDED: Final[Mapping[str, str]] = {
    "K2": "a policy has what was signed reviewed anew when it is amended",
    "R1": "a policy says that a report is due, or that it did not come",
    "R2": "a policy says which report was asked for, and of what",
    "R4": "a policy makes progress of what is accepted of a report",
    "V1": "a policy takes the plant's rates into a project: without them hours cost nothing",
    "V3": "a policy takes the plant's rates into a project: without them hours cost nothing",
    "V5": "a policy takes the plant's rates into a project: without them hours cost nothing",
}
"""Why a rule finds nothing on such a history where no policies run."""
UNKNOWN: Final = "nobody has looked into why"


def _table(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| rule | | fired | true | false | missed | undecided | precision | recall | lead |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for rule in found["rules"]:
        counts = (rule[name] for name in ("fired", "true", "false", "missed", "undecided"))
        shares = (_percent(rule[name]) for name in ("precision_bp", "recall_bp"))
        lead = "none" if rule["lead_days"] is None else f"{rule['lead_days']} d"
        yield f"| {' | '.join(map(str, (rule['code'], rule['rule'], *counts, *shares, lead)))} |"


def _said(found: Mapping[str, Any]) -> Iterator[str]:
    rules = found["rules"]
    silent = [each for each in rules if not each["fired"] and not each["undecided"]]
    unjudged = [each for each in rules if not each["fired"] and each["undecided"]]
    poor = [each for each in rules if each["fired"] and each["precision_bp"] < POOR_BP]
    yield "Never fired on this history:"
    yield from _explained(silent)
    yield ""
    yield f"Less than {POOR_BP // 100} % of what they found came true:"
    yield from _explained(poor)
    yield ""
    yield f"Fired about what has no due moment of its own, so not judged: {_named(unjudged)}."


def _explained(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each rule that says why, or that nobody knows."""
    yield ""
    for each in rules:
        yield f"- {each['code']} {each['rule']}: {WHY.get(each['code'], UNKNOWN)}."
    if not rules:
        yield "- none"


def _named(rules: list[Mapping[str, Any]]) -> str:
    return ", ".join(f"{each['code']} {each['rule']}" for each in rules) or "none"


def _percent(share_bp: int | None) -> str:
    return "none" if share_bp is None else f"{(share_bp + 50) // 100} %"


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    given = [int(word) for word in sys.argv[1:3]]
    seed, events = (*given, *(SEED, EVENTS)[len(given) :])
    shown = document(
        measured(seed, events), f"python -m tests.benchmarks.backtesting {seed} {events}"
    )
    TABLE.write_text(shown, encoding="utf-8")
    print(shown)  # noqa: T201

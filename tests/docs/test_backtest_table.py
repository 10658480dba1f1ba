"""The table of the back-test says of each rule how it did, and of those that did badly why."""

import re
from pathlib import Path

from domain.rules import RULES
from tests.benchmarks.backtesting import WHY

TABLE = Path(__file__).parents[1] / "benchmarks" / "BACKTEST.md"
_ROW = re.compile(r"\| ([A-Z]\d+) \| (\w+) \| (\d+) \| (\d+) \| \d+ \| \d+ \| (\d+) \|")


def test_a_rule_that_found_nothing_or_was_mostly_wrong_says_why() -> None:
    text = TABLE.read_text(encoding="utf-8")
    rows = [match.groups() for match in map(_ROW.match, text.splitlines()) if match]
    unexplained = []
    for code, name, fired, true, undecided in rows:
        silent = int(fired) == int(undecided) == 0
        poor = int(fired) > 0 and int(true) * 10 < int(fired) * 3
        is_told = code in WHY and f"- {code} {name}: {WHY[code]}.\n" in text
        if (silent or poor) and not is_told:
            unexplained.append(code)

    assert len(rows) > len(RULES) // 2
    assert unexplained == []

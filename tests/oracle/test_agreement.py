"""An independent scheduler gives the dates we give, or the difference has a known cause."""

import re
from dataclasses import replace

import pytest

from domain.planning.network import Activity, Dialect
from tests.oracle.agreement import CAUSES, UNEXPLAINED, compared, differences
from tests.oracle.generated import ONLY_IN, classes_of, generated
from tests.oracle.mpxj_side import has_java, scheduled_by_mpxj
from tests.oracle.table import DIALECTS, PAGE, Agreement, agreements
from tests.services.availability import absent

SEEDS = range(1_000, 1_020)
ALIKE: dict[Dialect, set[str]] = {
    "msproject": {
        "finish to start", "lags", "percent lags", "calendars", "no later than", "deadlines",
        "summaries", "progress",
    },
    "p6": {
        "finish to start", "lags", "calendars", "calendars, lags", "no later than",
        "must start or finish", "summaries", "finish by",
    },
}  # fmt: skip
"""Classes of networks in which no figure may differ."""


@pytest.fixture
def java() -> None:
    """Skip where MPXJ's schedulers cannot be asked."""
    if not has_java():
        absent("java", "no Java machine, so MPXJ's schedulers cannot be asked")


@pytest.mark.usefixtures("java")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_difference_to_mpxj_has_a_known_cause(dialect: Dialect) -> None:
    found = {each.name: each for each in agreements(dialect, SEEDS)}

    assert list(found) == classes_of(dialect)
    assert {name: each.causes[UNEXPLAINED] for name, each in found.items()} == dict.fromkeys(
        found, 0
    )
    assert {name for name, each in found.items() if name in ALIKE[dialect] and each.differing} == (
        set()
    )
    assert all(each.per_cent("start, finish") == 100 for each in found.values() if _is_kept(each))


def _is_kept(agreement: Agreement) -> bool:
    """Return whether no network of a class was scheduled before its project by MPXJ."""
    return not {"before the project's start", "a finish between periods"} & set(agreement.causes)


@pytest.mark.usefixtures("java")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_minute_more_of_one_phase_is_seen_as_unexplained(dialect: Dialect) -> None:
    network = generated("finish to start", dialect, 3)
    (theirs,) = scheduled_by_mpxj(dialect, [network])
    longer: Activity = compared(network)[0]
    changed = replace(
        network,
        activities=(
            replace(longer, duration_min=longer.duration_min + 2), *network.activities[1:]
        ),
    )  # fmt: skip
    assert {each.cause for each in differences(changed, theirs)} == {UNEXPLAINED}
    assert list(differences(network, theirs)) == []


def test_a_network_is_the_same_each_time_and_another_for_another_seed() -> None:
    one = generated("all types, lags", "p6", 7)
    assert one == generated("all types, lags", "p6", 7)
    assert one != generated("all types, lags", "p6", 8)


def test_the_page_tells_of_thousands_of_networks_and_of_every_cause_it_counts() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z ,]+) \| (\d+) \| \d+ \|.*\| ([^|]*) \|$", page, re.MULTILINE)
    told = {name for name, _, _ in rows}
    assert told == {name for dialect in DIALECTS for name in classes_of(dialect)}
    assert set(ONLY_IN) <= told
    assert sum(int(networks) for _, networks, _ in rows) >= 5_000
    causes = {
        each.rpartition(":")[0]
        for _, _, causes in rows for each in causes.split("; ") if each.strip()
    }  # fmt: skip
    assert causes <= set(CAUSES)
    assert all(f"* **{cause}**" in page for cause in causes)
    assert "Unexplained: 0 networks." in page

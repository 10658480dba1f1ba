"""Measure the critical path at three sizes: in full, after one change, and against two peers.

The graph library finds the length of the longest path and nothing else: no floats, no drivers, no
calendars, no links but from finish to start. It is what the pass without calendars stands beside.
MPXJ computes what Takt does but drivers, in Java. What is timed of it is its scheduler's one call,
inside a Java machine that has made the network before and is warm; it is told nothing of changes.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from statistics import median, quantiles
from typing import Final

import networkx as nx

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.work_axis import ROUND_THE_CLOCK
from domain.planning.critical_path import schedule
from domain.planning.incremental import Planner
from domain.planning.network import Network, Policy
from tests.benchmarks.network import layered_network
from tests.benchmarks.table import Row
from tests.oracle.mpxj_side import has_java, timed_by_mpxj

SIZES: Final = (("1k", 1_000), ("10k", 10_000), ("100k", 100_000))
SEED: Final = 11
CHANGES: Final = 60
WARM_UP: Final = 30
SLIP_MIN: Final = 480
ROUNDS_BELOW: Final = 50_000
"""From so many phases on one round must do."""


def cpm_sizes() -> Iterator[Row]:
    """Yield the rows of each size."""
    for name, phases in SIZES:
        network = layered_network(phases, Random(SEED))
        rounds = 5 if phases < ROUNDS_BELOW else 1
        full = _median_ms(lambda network=network: schedule(network), rounds)  # type: ignore[misc]
        yield Row.stated(
            id=f"cpm_full_{name}",
            what=f"critical path in full, {phases:,} phases, two calendars",
            value=full,
            unit="ms",
        )
        yield _without_calendars(name, network, rounds)
        yield _one_change(f"cpm_one_{name}", "two calendars", network, full)
        plain = round_the_clock(network)
        full = _median_ms(lambda plain=plain: schedule(plain), rounds)  # type: ignore[misc]
        yield _one_change(f"cpm_one_plain_{name}", "round the clock", plain, full)


def cpm_mpxj() -> Iterator[Row]:
    """Yield full passes beside MPXJ's scheduler for Microsoft Project, in one Java machine."""
    if not has_java():
        return
    rows = []
    for name, phases in SIZES:
        network = layered_network(phases, Random(SEED))
        network = replace(network, policy=Policy(dialect="msproject"))
        rows.append((f"cpm_mpxj_{name}", "two calendars", network))
        rows.append((f"cpm_mpxj_plain_{name}", "round the clock", round_the_clock(network)))
    networks = [network for _, _, network in rows]
    rounds = [5 if len(network.activities) < ROUNDS_BELOW else 2 for network in networks]
    # The first network comes once more before, until Java has compiled what it runs.
    asked = [networks[0], *networks], [WARM_UP, *rounds]
    timed = timed_by_mpxj("msproject", *asked)[1:]
    for (row_id, worked, network), peer, count in zip(rows, timed, rounds, strict=True):
        ours = _median_ms(lambda network=network: schedule(network), count)  # type: ignore[misc]
        theirs = median(peer.ms)
        same = "the same" if schedule(network).finish == peer.finish else "another"
        yield Row(
            id=row_id,
            what=f"critical path in full, {len(network.activities):,} phases, {worked}, links as "
            "Microsoft Project reads them",
            value=ours,
            unit="ms",
            against=f"MPXJ's scheduler alone, warm after {WARM_UP} schedules: {theirs:,.0f} ms, "
            f"{same} finish",
            ratio=ours / theirs,
            target="stated",
            met=None,
        )


def _without_calendars(name: str, network: Network, rounds: int) -> Row:
    """Return a full pass where every minute is worked, beside the graph library's longest path."""
    plain = round_the_clock(network)
    ours = _median_ms(lambda: schedule(plain), rounds)
    graph = graph_of(plain)
    theirs = _median_ms(lambda: nx.dag_longest_path_length(graph), rounds)
    return Row(
        id=f"cpm_plain_{name}",
        what=f"the same of {len(plain.activities):,} phases that work round the clock",
        value=ours,
        unit="ms",
        against=f"networkx, the longest path's length alone: {theirs:,.0f} ms",
        ratio=ours / theirs,
        target="stated",
        met=None,
    )


def round_the_clock(network: Network) -> Network:
    """Return a network in which every minute is worked."""
    calendar = WorkingCalendar("UTC", ROUND_THE_CLOCK)
    return replace(network, calendars=dict.fromkeys(network.calendars, calendar))


def graph_of(network: Network) -> nx.DiGraph:
    """Return a network as a weighted graph of its finish-to-start links."""
    lengths = {activity.id: activity.duration_min for activity in network.activities}
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(lengths)
    graph.add_weighted_edges_from(
        (link.pred, link.succ, lengths[link.pred] + link.lag) for link in network.links
    )
    return graph


def _one_change(row_id: str, worked: str, network: Network, full_ms: float) -> Row:
    """Return what one duration that changes costs a planner that knows the network."""
    dice, planner = Random(SEED), Planner()
    planner.schedule(network)
    took = []
    for _ in range(CHANGES):
        number = dice.randrange(len(network.activities))
        activities = list(network.activities)
        longer = activities[number].duration_min + SLIP_MIN
        activities[number] = replace(activities[number], duration_min=longer)
        network = replace(network, activities=tuple(activities))
        begin = time.perf_counter()
        planner.schedule(network)
        took.append((time.perf_counter() - begin) * 1_000)
    p95 = quantiles(took, n=20)[-1]
    return Row.stated(
        id=row_id,
        what=f"one duration of {len(network.activities):,} phases changed, {worked}, dates alone, "
        "median",
        value=median(took),
        unit="ms",
        against=f"p95 {p95:,.1f}, most {max(took):,.1f} ms; in full {full_ms:,.0f} ms",
    )


def _median_ms(compute: Callable[[], object], rounds: int) -> float:
    """Return the milliseconds of a computation that was done once before."""
    compute()
    took = []
    for _ in range(rounds):
        begin = time.perf_counter()
        compute()
        took.append((time.perf_counter() - begin) * 1_000)
    return median(took)

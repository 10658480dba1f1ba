"""Laws of the network pass, over random networks."""

from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.calendar import ELAPSED, WorkingCalendar
from domain.planning.critical_path import schedule
from domain.planning.network import (
    Activity,
    Constraint,
    Link,
    LinkType,
    Network,
    Policy,
    Schedule,
    ScheduledPhase,
)
from tests.unit.planning.networks import CALENDARS, MONDAY

NIGHTS = WorkingCalendar("Europe/Berlin", (((0, 360), (1320, 1440)),) * 5 + ((), ()))
KEYS = ("standard", "six", "24h", "nights")
ALL = {**CALENDARS, "nights": NIGHTS}
LINK_TYPES: tuple[LinkType, ...] = ("FS", "SS", "FF", "SF")


@st.composite
def networks(draw: st.DrawFn, *, calendars: tuple[str, ...] = KEYS, most: int = 9) -> Network:
    """Draw a network without typed dates: any calendars, link types, lags and summaries."""
    count = draw(st.integers(1, most))
    activities = []
    for number in range(count):
        length = draw(st.integers(0, 1500))
        kind = "task" if length else draw(st.sampled_from(("task", "start_ms", "finish_ms")))
        activities.append(
            Activity(
                id=f"p{number}",
                duration_min=length,
                kind=kind,  # type: ignore[arg-type]  # One of the three above.
                calendar=draw(st.sampled_from(calendars)),
            )
        )
    links: list[Link] = []
    for succ in range(1, count):
        links += [
            Link(
                id=f"l{pred}-{succ}",
                pred=f"p{pred}",
                succ=f"p{succ}",
                type=draw(st.sampled_from(LINK_TYPES)),
                lag=draw(st.sampled_from((0, 0, 0, 60, 700, -90, -1000))),
                unit=draw(st.sampled_from(("working_min", "elapsed_min"))),
                calendar=draw(st.sampled_from((None, "pred", "succ", "project", "24h"))),
            )
            for pred in sorted(draw(st.sets(st.integers(0, succ - 1), max_size=3)))
        ]
    return Network(MONDAY, ALL, calendars[0], tuple(activities), tuple(links))


def bound(network: Network, link: Link, planned: Schedule) -> int:
    """Return the instant before which a link holds its successor, worked out apart."""
    pred = planned.phases[link.pred]
    clock = pred.early_start if link.type in {"SS", "SF"} else pred.early_finish
    calendars = {activity.id: activity.calendar or "" for activity in network.activities}
    if link.unit == "elapsed_min":
        calendar = ELAPSED
    else:
        calendar = {
            "pred": ALL[calendars[link.pred]],
            "succ": ALL[calendars[link.succ]],
            "project": ALL[network.default_calendar],
            "24h": ELAPSED,
        }[link.calendar or "pred"]
    return calendar.axis.add(clock, link.lag)


@given(networks())
def test_no_phase_starts_or_finishes_before_a_link_lets_it(network: Network) -> None:
    planned = schedule(network)
    for link in network.links:
        succ = planned.phases[link.succ]
        held = succ.early_start if link.type in {"FS", "SS"} else succ.early_finish
        assert held >= bound(network, link, planned)


@given(networks())
def test_every_phase_works_its_duration_in_working_time(network: Network) -> None:
    planned = schedule(network)
    for activity in network.activities:
        row = planned.phases[activity.id]
        axis = ALL[activity.calendar or "standard"].axis
        if activity.kind != "finish_ms":
            assert row.early_start == axis.next_start(row.early_start)
            assert axis.between(row.early_start, row.early_finish) == activity.duration_min
            assert axis.between(row.late_start, row.late_finish) == activity.duration_min


@given(networks())
def test_without_typed_dates_no_float_is_negative_and_the_last_phase_has_none(
    network: Network,
) -> None:
    planned = schedule(network)
    rows = planned.phases.values()
    assert all(row.total_float_min >= row.free_float_min >= 0 for row in rows)
    assert max(row.early_finish for row in rows) == planned.finish
    assert all(row.total_float_min == 0 for row in rows if row.early_finish == planned.finish)
    assert any(row.on_longest_path for row in rows)


@given(networks(), st.data())
def test_a_phase_delayed_by_its_float_moves_nothing_and_by_a_minute_more_it_does(
    network: Network, data: st.DataObject
) -> None:
    planned = schedule(network)
    activity = data.draw(
        st.sampled_from([each for each in network.activities if each.kind != "finish_ms"])
        if any(each.kind != "finish_ms" for each in network.activities)
        else st.nothing()
    )
    row = planned.phases[activity.id]
    axis = ALL[activity.calendar or "standard"].axis

    def delayed(minutes: int) -> Schedule:
        begin = axis.start_at(axis.work_at(row.early_start) + minutes)
        held = replace(activity, constraint=Constraint("SNET", begin))
        return schedule(
            replace(
                network,
                activities=tuple(
                    held if each.id == activity.id else each for each in network.activities
                ),
            )
        )

    def others(again: Schedule) -> list[tuple[int, int]]:
        rows = again.phases.values()
        return [(each.early_start, each.early_finish) for each in rows if each.id != activity.id]

    assert delayed(row.total_float_min).finish <= planned.finish
    assert delayed(row.total_float_min + 1).finish > planned.finish
    assert others(delayed(row.free_float_min)) == others(planned)
    further = delayed(row.free_float_min + 1)
    assert others(further) != others(planned) or further.finish > planned.finish


def rows_by_relaxation(network: Network) -> dict[str, tuple[int, int, int, int]]:
    """Return ES, EF, LS, LF of a network on the clock by repeating every rule until nothing moves.

    Written apart from the product: no order, no axes, only the table of the four link types.
    """
    length = {activity.id: activity.duration_min for activity in network.activities}
    early = dict.fromkeys(length, network.project_start)
    for _ in length:
        for link in network.links:
            p, s, lag = link.pred, link.succ, link.lag
            least = {
                "FS": early[p] + length[p] + lag,
                "SS": early[p] + lag,
                "FF": early[p] + length[p] + lag - length[s],
                "SF": early[p] + lag - length[s],
            }[link.type]
            early[s] = max(early[s], least)
    end = max(early[each] + length[each] for each in length)
    late = {each: end - length[each] for each in length}
    for _ in length:
        for link in network.links:
            p, s, lag = link.pred, link.succ, link.lag
            most = {
                "FS": late[s] - lag - length[p],
                "SS": late[s] - lag,
                "FF": late[s] + length[s] - lag - length[p],
                "SF": late[s] + length[s] - lag,
            }[link.type]
            late[p] = min(late[p], most)
    return {
        each: (early[each], early[each] + length[each], late[each], late[each] + length[each])
        for each in length
    }


def four_dates(row: ScheduledPhase) -> tuple[int, int, int, int]:
    return row.early_start, row.early_finish, row.late_start, row.late_finish


@given(networks(calendars=("24h",), most=12))
def test_on_the_clock_all_dates_equal_those_of_repeated_relaxation(network: Network) -> None:
    planned = schedule(network)
    assert {phase: four_dates(row) for phase, row in planned.phases.items()} == rows_by_relaxation(
        network
    )


@given(networks(), st.randoms(use_true_random=False))
def test_the_order_of_phases_and_links_changes_nothing(network: Network, random: object) -> None:
    activities, links = list(network.activities), list(network.links)
    random.shuffle(activities)  # type: ignore[attr-defined]  # hypothesis types it as Random.
    random.shuffle(links)  # type: ignore[attr-defined]
    shuffled = replace(network, activities=tuple(activities), links=tuple(links))
    assert schedule(shuffled) == schedule(network)


@given(networks())
def test_the_driver_of_a_phase_holds_it_and_leads_back_to_a_root(network: Network) -> None:
    planned = schedule(network)
    links = {link.id: link for link in network.links}
    for row in planned.phases.values():
        seen = set()
        while row.driver.kind == "predecessor":
            assert row.id not in seen
            seen.add(row.id)
            link = links[row.driver.ref]
            assert link.succ == row.id
            row = planned.phases[link.pred]  # noqa: PLW2901  The walk is the point.
        assert row.driver.kind == "project_start"


@given(networks())
def test_critical_phases_by_longest_path_reach_from_the_start_to_the_finish(
    network: Network,
) -> None:
    planned = schedule(replace(network, policy=Policy(critical="longest_path")))
    critical = [row for row in planned.phases.values() if row.critical]
    assert any(row.early_finish == planned.finish for row in critical)
    assert any(row.driver.kind == "project_start" for row in critical)
    by_succ = defaultdict(set)
    for link in network.links:
        by_succ[link.succ].add(link.pred)
    held = {row.id for row in critical}
    for row in critical:
        assert row.driver.kind == "project_start" or by_succ[row.id] & held


@given(networks(most=6), st.integers(-3, 3))
def test_a_promise_moves_every_float_and_no_early_date(network: Network, days: int) -> None:
    without = schedule(network)
    promised = schedule(replace(network, promise=without.finish + days * 1440))
    for phase, row in promised.phases.items():
        before = without.phases[phase]
        assert (row.early_start, row.early_finish) == (before.early_start, before.early_finish)
        if days > 0:
            assert row.total_float_min >= before.total_float_min
        else:
            assert row.total_float_min <= before.total_float_min

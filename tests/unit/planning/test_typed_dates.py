"""Constraints, promises, deadlines and floats."""

from domain.planning.critical_path import schedule
from domain.planning.network import (
    Activity,
    Bound,
    Constraint,
    Driver,
    Link,
    Policy,
    Schedule,
)
from tests.unit.planning.networks import DAY, at, dates, dates_of, network, shown

WEDNESDAY = at("2026-03-04 08:00")
FRIDAY_EVENING = at("2026-03-06 17:00")


def floats(planned: Schedule) -> dict[str, tuple[int, int]]:
    return {
        phase: (row.total_float_min, row.free_float_min) for phase, row in planned.phases.items()
    }


def constrained(kind: str, text: str, *, length: int = DAY) -> Activity:
    return Activity("a", length, constraint=Constraint(kind, at(text)))  # type: ignore[arg-type]


def test_start_no_earlier_than_holds_the_start_and_drives_it() -> None:
    planned = schedule(network(constrained("SNET", "2026-03-04 10:00")))
    assert dates(planned, "a") == ("2026-03-04 10:00", "2026-03-05 10:00")
    assert planned.phases["a"].driver == ("constraint", "SNET")


def test_a_start_constraint_on_a_free_day_moves_to_the_next_work() -> None:
    assert dates_of(constrained("SNET", "2026-03-07 10:00"))["a"][0] == "2026-03-09 08:00"


def test_finish_no_earlier_than_holds_the_finish() -> None:
    planned = schedule(network(constrained("FNET", "2026-03-05 17:00")))
    assert dates(planned, "a") == ("2026-03-05 08:00", "2026-03-05 17:00")
    assert planned.phases["a"].driver == ("constraint", "FNET")


def test_no_later_than_moves_nothing_and_shows_as_negative_float() -> None:
    long = Activity("b", 2 * DAY)
    for kind, text, days in (("SNLT", "2026-03-03 08:00", -1), ("FNLT", "2026-03-03 17:00", -1)):
        planned = schedule(network(constrained(kind, text), long, Link("l", "b", "a")))
        assert dates(planned, "a") == ("2026-03-04 08:00", "2026-03-04 17:00")
        assert planned.phases["a"].total_float_min == days * DAY
        assert planned.phases["b"].total_float_min == days * DAY


def test_a_mandatory_start_overrides_its_predecessor_and_leaves_it_negative_float() -> None:
    long = Activity("b", 2 * DAY)
    planned = schedule(network(constrained("MSO", "2026-03-03 08:00"), long, Link("l", "b", "a")))
    assert dates(planned, "a") == ("2026-03-03 08:00", "2026-03-03 17:00")
    assert planned.phases["a"].driver == ("constraint", "MSO")
    assert floats(planned) == {"a": (0, 0), "b": (-DAY, 0)}


def test_a_mandatory_finish_sets_both_dates() -> None:
    planned = schedule(network(constrained("MFO", "2026-03-06 17:00", length=2 * DAY)))
    assert dates(planned, "a") == ("2026-03-05 08:00", "2026-03-06 17:00")
    assert shown(planned.phases["a"].late_finish) == "2026-03-06 17:00"


def test_a_mandatory_date_in_the_past_is_not_worked_in_the_past() -> None:
    planned = schedule(network(constrained("MSO", "2026-03-03 08:00"), data_date=WEDNESDAY))
    assert dates(planned, "a") == ("2026-03-04 08:00", "2026-03-04 17:00")
    assert planned.phases["a"].driver == Driver("data_date")
    assert planned.phases["a"].total_float_min == -DAY


def test_as_late_as_possible_waits_within_free_float() -> None:
    alap = Activity("a", DAY, constraint=Constraint("ALAP"))
    planned = schedule(
        network(
            alap, Activity("b", 3 * DAY), Activity("z", DAY),
            Link("1", "a", "z"), Link("2", "b", "z"),
        )
    )  # fmt: skip
    row = planned.phases["a"]
    assert dates(planned, "a") == ("2026-03-04 08:00", "2026-03-04 17:00")
    assert shown(row.early_start) == "2026-03-02 08:00"
    assert row.driver == ("constraint", "ALAP")
    assert dates(planned, "z") == ("2026-03-05 08:00", "2026-03-05 17:00")


def test_a_chain_of_as_late_as_possible_moves_together() -> None:
    alap = Constraint("ALAP")
    planned = schedule(
        network(
            Activity("a", DAY, constraint=alap), Activity("b", DAY, constraint=alap),
            Activity("c", 4 * DAY), Activity("z", DAY),
            Link("1", "a", "b"), Link("2", "b", "z"), Link("3", "c", "z"),
        )
    )  # fmt: skip
    assert dates(planned, "a") == ("2026-03-04 08:00", "2026-03-04 17:00")
    assert dates(planned, "b") == ("2026-03-05 08:00", "2026-03-05 17:00")


def test_a_promise_earlier_than_the_finish_makes_float_negative() -> None:
    items = Activity("a", 3 * DAY), Activity("b", DAY), Link("l", "a", "b")
    early = schedule(network(*items, promise=at("2026-03-03 17:00")))
    assert floats(early) == {"a": (-2 * DAY, 0), "b": (-2 * DAY, 0)}
    late = schedule(network(*items, promise=FRIDAY_EVENING))
    assert floats(late) == {"a": (DAY, 0), "b": (DAY, 0)}
    assert [late.phases[phase].critical for phase in "ab"] == [False, False]


def test_a_deadline_moves_no_date_and_no_float() -> None:
    late = schedule(network(Activity("a", 3 * DAY, deadline=at("2026-03-02 17:00"))))
    assert floats(late) == {"a": (0, 0)}


def test_total_float_is_to_the_promise_and_free_float_to_the_successor() -> None:
    planned = schedule(
        network(
            Activity("a", DAY), Activity("b", DAY), Activity("c", 3 * DAY), Activity("z", DAY),
            Link("1", "a", "b"), Link("2", "b", "z"), Link("3", "c", "z"),
        )
    )  # fmt: skip
    assert floats(planned) == {"a": (DAY, 0), "b": (DAY, DAY), "c": (0, 0), "z": (0, 0)}


def test_phases_up_to_a_float_can_count_as_critical() -> None:
    items = Activity("a", DAY), Activity("b", 2 * DAY)
    strict = schedule(network(*items))
    loose = schedule(network(*items, policy=Policy(critical_float_min=DAY)))
    assert [strict.phases[phase].critical for phase in "ab"] == [False, True]
    assert [loose.phases[phase].critical for phase in "ab"] == [True, True]


def test_the_longest_path_is_critical_even_where_float_says_otherwise() -> None:
    # The last phase ends on Saturday, which a standard week cannot tell from Friday.
    items = (
        Activity("a", 5 * DAY),
        Activity("b", 5 * DAY, calendar="six"),
        Activity("c", DAY, calendar="six"),
        Link("1", "b", "c"),
    )
    by_float = schedule(network(*items))
    by_path = schedule(network(*items, policy=Policy(critical="longest_path")))
    assert [by_float.phases[phase].critical for phase in "abc"] == [True, True, True]
    assert [by_path.phases[phase].critical for phase in "abc"] == [False, True, True]


def test_open_ends_count_as_critical_where_the_policy_says_so() -> None:
    items = Activity("a", DAY), Activity("b", 3 * DAY)
    open_ends = schedule(network(*items, policy=Policy(open_ends_critical=True)))
    assert open_ends.phases["a"].total_float_min == 0
    assert open_ends.phases["a"].critical


def test_a_vendors_date_drives_the_start_when_it_is_the_latest() -> None:
    steel = Bound(WEDNESDAY, "commitment", "steel-1")
    paint = Bound(at("2026-03-03 08:00"), "material", "paint")
    waiting = Activity("b", DAY, earliest=(paint, steel))
    planned = schedule(network(Activity("a", DAY), waiting, Link("l", "a", "b")))
    assert dates(planned, "b") == ("2026-03-04 08:00", "2026-03-04 17:00")
    assert planned.phases["b"].driver == ("commitment", "steel-1")
    assert planned.phases["a"].free_float_min == DAY


def test_a_predecessor_is_named_before_a_date_at_the_same_point_of_working_time() -> None:
    # Monday evening and Tuesday morning are one point.
    held = Activity("b", DAY, constraint=Constraint("SNET", at("2026-03-03 08:00")))
    planned = schedule(network(Activity("a", DAY), held, Link("l", "a", "b")))
    assert planned.phases["b"].driver == ("predecessor", "l")


def test_a_finish_milestone_has_its_float_on_its_own_calendar() -> None:
    planned = schedule(
        network(
            Activity("a", DAY), Activity("f", 0, "finish_ms"), Activity("b", 5 * DAY),
            Link("l", "a", "f"), promise=at("2026-03-09 17:00"),
        )
    )  # fmt: skip
    assert planned.phases["f"].total_float_min == 5 * DAY
    assert shown(planned.phases["f"].late_finish) == "2026-03-09 17:00"

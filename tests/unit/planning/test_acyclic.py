"""Cycles: of any length, through summaries, and none where there is none."""

from itertools import pairwise

from domain.planning.acyclic import cycle_closed_by, find_cycle, is_ancestor

LONG = 10_000


def chain(length: int) -> tuple[dict[str, str | None], list[tuple[str, str]]]:
    names = [f"p{number:05}" for number in range(length)]
    return dict.fromkeys(names), list(pairwise(names))


FLAT: dict[str, str | None] = {"a": None, "b": None, "c": None}
TREE: dict[str, str | None] = {"s": None, "t": "s", "a": "t", "b": None}


def test_a_link_that_closes_no_circle_is_free() -> None:
    assert cycle_closed_by("a", "c", FLAT, [("a", "b"), ("b", "c")]) is None
    assert find_cycle(FLAT, [("a", "b"), ("b", "c"), ("a", "c")]) is None


def test_a_circle_is_told_from_the_new_predecessor_on() -> None:
    assert cycle_closed_by("c", "a", FLAT, [("a", "b"), ("b", "c")]) == ("c", "a", "b")


def test_a_link_to_itself_is_a_circle_of_one() -> None:
    assert cycle_closed_by("a", "a", FLAT, []) == ("a",)
    assert find_cycle(FLAT, [("a", "a")]) == ("a",)


def test_a_circle_ten_thousand_long_is_found_and_told_in_order() -> None:
    parents, links = chain(LONG)
    found = cycle_closed_by("p09999", "p00000", parents, links)
    assert found == ("p09999", *(f"p{number:05}" for number in range(LONG - 1)))
    whole = find_cycle(parents, [*links, ("p09999", "p00000")])
    assert whole is not None
    assert len(whole) == LONG
    assert set(zip(whole, whole[1:] + whole[:1], strict=True)) == {*links, ("p09999", "p00000")}


def test_a_link_between_a_phase_and_a_summary_above_it_is_a_circle() -> None:
    assert cycle_closed_by("a", "s", TREE, []) == ("a", "s", "t")
    assert cycle_closed_by("s", "a", TREE, []) == ("s", "a", "t")
    assert find_cycle(TREE, [("a", "s")]) is not None


def test_a_circle_through_the_children_of_a_summary_is_found() -> None:
    assert cycle_closed_by("b", "a", TREE, [("s", "b")]) == ("b", "a", "t", "s")
    assert cycle_closed_by("b", "s", TREE, [("a", "b")]) == ("b", "s", "t", "a")
    assert find_cycle(TREE, [("s", "b"), ("b", "a")]) == ("t", "s", "b", "a")


def test_phases_of_one_summary_may_follow_each_other_and_the_summary_others() -> None:
    family: dict[str, str | None] = {"s": None, "a": "s", "b": "s", "z": None}
    assert find_cycle(family, [("a", "b"), ("s", "z")]) is None
    assert cycle_closed_by("z", "b", family, [("a", "b")]) is None


def test_a_breakdown_that_goes_round_is_found() -> None:
    assert find_cycle({"a": "b", "b": "a"}, []) is not None


def test_ancestors_are_those_above() -> None:
    assert is_ancestor("s", "a", TREE)
    assert is_ancestor("t", "a", TREE)
    assert not is_ancestor("a", "s", TREE)
    assert not is_ancestor("b", "a", TREE)
    assert not is_ancestor("a", "a", TREE)

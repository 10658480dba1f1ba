"""Laws of a what-if: it writes nothing, a merge is its requests, and it shows what a merge does."""

from typing import Any

from hypothesis import given, settings

from consumers.branch_answers import comparison
from consumers.on_branch import views_on
from domain.comparison.differences import compare
from tests.property.what_ifs import BRANCH, PROJECT, World, lives, requests, whats


@given(lives, whats, lives)
@settings(max_examples=120, deadline=None)
def test_a_merge_is_its_requests_made_on_the_project_as_one(
    before: list[Any], asked: list[Any], meanwhile: list[Any]
) -> None:
    merged, batched = World(), World()
    known: list[tuple[str, Any]] = []
    for world in (merged, batched):
        world.live(before)
        known = world.open_and_add(asked)
        world.live(meanwhile)
    if not known:
        assert merged.on_branch("merge").code == "branch_empty"
        return
    by_merge, by_batch = merged.on_branch("merge"), batched.ask(*known)
    assert by_merge.kind == by_batch.kind
    if by_merge.kind == "refused":
        assert by_merge.code == "merge_refused"
        assert by_merge.text.endswith(f": {by_batch.code}: {by_batch.text}")
        assert merged.size() == batched.size()
    assert merged.rows() == batched.rows()
    assert merged.dates() == batched.dates()
    # What is decided later is decided on the same.
    for world in (merged, batched):
        world.live(before)
    assert merged.rows().keys() == batched.rows().keys()
    assert merged.dates() == batched.dates()


@given(lives, whats)
@settings(max_examples=120, deadline=None)
def test_a_branch_shows_what_its_merge_makes_of_a_project_that_stood_still(
    before: list[Any], asked: list[Any]
) -> None:
    world = World()
    world.live(before)
    if not world.open_and_add(asked):
        return
    line = world.branches.line(PROJECT, BRANCH)
    on_branch = views_on(world.views, line)
    shown = on_branch.network(PROJECT, on_branch.feed.head())
    said = comparison(world.views, PROJECT, {"branch": BRANCH})
    assert (said["moved_since"], said["merge"]["possible"]) == (False, True)
    assert world.on_branch("merge").kind == "recorded"
    become = world.views.network(PROJECT, world.log.head())
    assert compare(shown, become).is_empty
    schedule = shown.schedule()
    assert world.dates() == (None if schedule is None else dict(schedule.phases))


@given(lives, whats, lives, requests)
@settings(max_examples=80, deadline=None)
def test_looking_changes_nothing_neither_in_the_log_nor_in_what_is_decided_next(
    before: list[Any], asked: list[Any], meanwhile: list[Any], later: tuple[str, Any]
) -> None:
    looking, blind = World(), World()
    for world in (looking, blind):
        world.live(before)
        world.open_and_add(asked)
        world.live(meanwhile)
    size, rows = looking.size(), looking.rows()
    first = comparison(looking.views, PROJECT, {"branch": BRANCH})
    assert comparison(looking.views, PROJECT, {"branch": BRANCH}) == first
    assert (looking.size(), looking.rows()) == (size, rows)
    assert looking.ask(later) == blind.ask(later)
    assert looking.on_branch("merge") == blind.on_branch("merge")
    assert looking.rows() == blind.rows()


@given(lives, whats, lives)
@settings(max_examples=80, deadline=None)
def test_what_happens_on_the_project_leaves_a_branch_as_it_was(
    before: list[Any], asked: list[Any], meanwhile: list[Any]
) -> None:
    world = World()
    world.live(before)
    world.open_and_add(asked)
    line = world.branches.line(PROJECT, BRANCH)
    told = world.branches.rehearsed(line, line.base_position)
    world.live(meanwhile)
    assert world.branches.rehearsed(line, line.base_position) == told

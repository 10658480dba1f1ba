"""Hold publications to their laws: what was given out verifies for ever, and nothing else does."""

from typing import Any

from hypothesis import given, settings

from consumers.dispatch import Dispatcher
from consumers.published import published
from consumers.publishing import recomputed
from projections.contract import Projection
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from tests.property.what_ifs import PROJECT, World, lives

PUBLISH = "publication.publish_schedule.v1"
ISSUE = "publication.issue_status_report.v1"


def publishing() -> World:
    world = World()
    parts: dict[str, Projection[Any]] = {
        "schedule": ScheduleProjection(),
        "status": StatusProjection(),
    }
    made = recomputed(world.log, parts)
    world.views = made.views
    world.dispatcher = Dispatcher(world.log, made)
    return world


@given(lives, lives)
@settings(max_examples=60, deadline=None)
def test_what_was_published_verifies_whatever_happens_later(
    before: list[Any], after: list[Any]
) -> None:
    world = publishing()
    world.live(before)
    at = world.log.head()
    asked = [(PUBLISH, {}), (ISSUE, {"audience": "management"})]
    kinds = [world.ask(each).kind for each in asked]
    world.live(after)
    given_out = published(world.views, PROJECT, {"verify": "true"})["published"]
    assert [each["verifies"] for each in given_out] == [True] * kinds.count("recorded")
    # Asked again of the same position, it is the same; of another it is not, where that differs.
    for each in given_out:
        name = PUBLISH if each["what"] == "schedule" else ISSUE
        again = {"at_position": each["at_position"], "audience": each["audience"]}
        repeated = world.ask((name, {**again, "digest": each["digest"]}))
        assert (repeated.kind, repeated.versions) == ("recorded", {})
        forged = world.ask((name, {**again, "digest": each["digest"][::-1]}))
        assert forged.code == "digest_mismatch" or each["digest"] == each["digest"][::-1]
        late = world.ask((name, {**again, "at_position": at + 1_000}))
        assert late.code == "position_ahead"

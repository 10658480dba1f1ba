"""Hold publications to their laws: what was given out verifies for ever, and nothing else does."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.dispatch import Dispatcher
from consumers.published import published
from consumers.publishing import recomputed
from domain.network.project_network import ProjectNetwork
from domain.publications.events import SchedulePublished
from domain.rules.impact import working_days
from domain.rules.published import EDGES, LEAST_DAYS, WHOLE, Published, Span
from domain.rules.watched import Watched
from projections.contract import Projection
from projections.replay import messages_of
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


def spans(network: ProjectNetwork) -> dict[str, Span] | None:
    """Return the dates of every phase that is worked itself, and of the whole."""
    schedule = network.schedule()
    if schedule is None:
        return None
    rows = schedule.phases.values()
    found = {row.id: Span(row.start, row.finish) for row in rows if not row.summary}
    return {**found, WHOLE: Span(schedule.finish, schedule.finish)}


def moved(
    anchors: dict[str, list[int]], then: Mapping[str, Span], network: ProjectNetwork
) -> list[tuple[str, str, int, int]]:
    """Compare all dates with those published before, and take them as published."""
    found: list[tuple[str, str, int, int]] = []
    for key in sorted(anchors.keys() | then.keys()):
        if key not in then:
            del anchors[key]
        elif key not in anchors:
            anchors[key] = list(then[key])
        else:
            line = network.lines.get(key)
            calendar = network.calendar if line is None else network.calendar_of(line)
            for place, edge in enumerate(EDGES):
                old, new = anchors[key][place], then[key][place]
                if abs(working_days(calendar, old, new)) < LEAST_DAYS:
                    continue
                anchors[key][place] = new
                over = ("has_started", "has_ended")[place]
                if line is None or not getattr(line.known, over):
                    found.append((key, edge, old, new))
    return found


@given(lives, st.lists(st.tuples(lives, st.integers(0, 3)), max_size=5))
@settings(max_examples=120, deadline=None)
def test_what_a_publication_moves_is_what_a_replay_to_its_position_says(
    before: list[Any], goes_on: list[tuple[list[Any], int]]
) -> None:
    world = publishing()
    world.live(before)
    world.ask((PUBLISH, {}))
    for life, back in goes_on:
        heads = [world.log.head()]
        for each in life:
            world.live([each])
            heads.append(world.log.head())
        world.ask((PUBLISH, {"at_position": heads[max(0, len(heads) - 1 - back)]}))
    project, published_dates = Watched(PROJECT), Published()
    anchors: dict[str, list[int]] | None = None
    last = 0
    for message in messages_of(world.log.read(0, 10_000)):
        for recorded in message:
            project.take(recorded)
            if isinstance(recorded.event, SchedulePublished):
                told = published_dates.publish(recorded.event, project.network)
                at = recorded.event.at_position
                then = spans(world.views.network(PROJECT, at))
                assert then is not None
                expected: list[tuple[str, str, int, int]] = []
                if anchors is None:
                    if at >= project.network.position:
                        anchors, last = {key: list(span) for key, span in then.items()}, at
                elif at >= last:
                    expected, last = moved(anchors, then, project.network), at
                assert [(m.key, m.edge, m.old.at, m.new) for m in told] == expected
        published_dates.follow(project.network, message[-1].position)

"""Hold what is published to what Takt computes itself, at a position that is there."""

from dataclasses import replace

from domain.kernel.refusals import (
    DigestMismatch,
    InvalidTransition,
    PositionAhead,
    ProjectClosed,
    UnknownSubject,
)
from domain.publications.commands import IssueStatusReport, PublishSchedule
from domain.publications.decisions import DECIDER, Computed, Surroundings
from domain.publications.events import SchedulePublished, StatusReportIssued
from tests.builders import PROJECT
from tests.spec import Spec

OURS, ANOTHER = "ab" * 32, "cd" * 32
POLICY: dict[str, str | int | bool] = {"critical": "total_float", "material_drives": False}
SCHEDULE = Surroundings(
    project_exists=True, head_position=40, computed=Computed(OURS, 1, policy=POLICY)
)
REPORT = replace(SCHEDULE, computed=Computed(OURS, 3, previous=12))

publications = Spec(DECIDER, f"publication-{PROJECT}", SCHEDULE)

PUBLISH = PublishSchedule(project_id=PROJECT)
ISSUE = IssueStatusReport(project_id=PROJECT, audience="customer")
published = SchedulePublished(
    at_position=40, engine_version=1, policy=POLICY, digest=OURS, audience="everybody"
)
issued = StatusReportIssued(
    at_position=40, engine_version=3, digest=OURS, audience="customer", previous=12
)


def test_a_schedule_is_published_as_it_is_or_as_it_stood() -> None:
    publications.given().when(PUBLISH).then(published)
    earlier = PUBLISH.model_copy(update={"at_position": 7, "audience": "Norva", "digest": OURS})
    publications.given(published).when(earlier).then(
        published.model_copy(update={"at_position": 7, "audience": "Norva"})
    )


def test_a_report_is_issued_and_goes_on_from_the_one_before() -> None:
    publications.given().when(ISSUE, others=REPORT).then(issued)


def test_what_an_audience_was_given_last_is_not_given_again() -> None:
    publications.given(published).when(PUBLISH).then()
    publications.given(issued).when(ISSUE, others=REPORT).then()


def test_what_another_audience_was_given_or_another_was_given_since_is_given() -> None:
    to_norva = PUBLISH.model_copy(update={"audience": "Norva"})
    publications.given(published).when(to_norva).then(
        published.model_copy(update={"audience": "Norva"})
    )
    later = published.model_copy(update={"at_position": 39})
    publications.given(published, later).when(PUBLISH).then(published)
    management = issued.model_copy(update={"audience": "management"})
    publications.given(management).when(ISSUE, others=REPORT).then(issued)


def test_a_digest_that_takt_does_not_compute_is_refused_with_both() -> None:
    named = PUBLISH.model_copy(update={"digest": ANOTHER, "at_position": 12})
    publications.given().when(named).then_refused(
        DigestMismatch, f"named is {ANOTHER}", f"engine version 1 computes {OURS} at position 12"
    )
    report = ISSUE.model_copy(update={"digest": ANOTHER})
    publications.given().when(report, others=REPORT).then_refused(DigestMismatch, OURS)


def test_nothing_is_published_of_what_is_to_come() -> None:
    ahead = PUBLISH.model_copy(update={"at_position": 41})
    nothing = replace(SCHEDULE, computed=None)
    publications.given().when(ahead, others=nothing).then_refused(PositionAhead, "ends at 40", "41")


def test_what_cannot_be_computed_is_refused_with_the_reason() -> None:
    reason = InvalidTransition("P has no schedule at 40: a cycle")
    publications.given().when(PUBLISH, others=replace(SCHEDULE, computed=reason)).then_refused(
        InvalidTransition, "a cycle"
    )


def test_a_closed_project_has_a_last_report_and_no_schedule_any_more() -> None:
    closed = replace(SCHEDULE, project_closed=True)
    publications.given().when(PUBLISH, others=closed).then_refused(ProjectClosed, "is closed")
    still = replace(REPORT, project_closed=True)
    publications.given().when(ISSUE, others=still).then(issued)


def test_nothing_is_published_of_a_project_that_is_not_there() -> None:
    publications.given().when(PUBLISH, others=Surroundings(project_exists=False)).then_refused(
        UnknownSubject, f"no project {PROJECT}"
    )

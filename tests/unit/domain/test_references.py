"""What projects share: which subjects that are, who uses them, how a project has them."""

from datetime import UTC, date, datetime

import pytest

from domain.estimates.events import ActualHoursBooked, EstimateSubmitted, SkillEffort
from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.refusals import ProjectClosed, UnknownSubject
from domain.kernel.values import Money
from domain.plans.events import ResourceRequirementSet
from domain.projects.commands import TakeReference
from domain.projects.decisions import Surroundings
from domain.projects.events import ProjectReferenceChanged
from domain.rates.events import RateChanged
from domain.references.shared import is_shared, unwrapped
from domain.references.uses import named_by
from tests.unit.domain.test_projects import a_project, cancelled, opened
from tests.unit.projections.histories import PROJECT, History, at

RATE = RateChanged(valid_from=date(2026, 1, 1), rate=Money(minor=6_600, currency="EUR"))
RISE = RateChanged(valid_from=date(2026, 4, 1), rate=Money(minor=6_800, currency="EUR"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def shared() -> tuple[Recorded[DomainEvent], ...]:
    """Return two rates of fitters, as recorded; neither names a project."""
    history = History().record("rate-fitter", RATE, effective_at=NOON)
    history.record("rate-fitter", RISE, effective_at=NOON)
    return tuple(
        Recorded(
            each.event,
            each.envelope.model_copy(update={"project_id": None}),
            each.stream,
            each.version,
            each.position,
        )
        for each in history.events
    )


def reference(event: RateChanged, version: int) -> ProjectReferenceChanged:
    return ProjectReferenceChanged(
        subject="rate-fitter",
        cause=f"rate-fitter:{version}",
        content_type="rate.changed.v1",
        content=event.model_dump(mode="json"),
        effective_at=NOON,
    )


take = TakeReference(project_id=PROJECT, subject="rate-fitter")


@pytest.mark.parametrize("stream", ["rate-fitter", "calendar-std", "resource-press", "item-valve"])
def test_a_subject_of_one_id_is_shared(stream: str) -> None:
    assert is_shared(stream)


@pytest.mark.parametrize(
    "stream", ["calendar-P/std", "resource-P/press", "project-P", "department-shop", "clock"]
)
def test_what_names_a_project_or_no_project_goes_by_is_not_shared(stream: str) -> None:
    assert not is_shared(stream)


@pytest.mark.parametrize(
    ("event", "streams"),
    [
        (
            ResourceRequirementSet(phase_id="a", resource_id="press", milli=1, skill="fitter"),
            ["resource-press", "rate-fitter"],
        ),
        (ResourceRequirementSet(phase_id="a", resource_id="press", milli=1), ["resource-press"]),
        (
            ActualHoursBooked(resource="t", minutes=1, work_date=date(2026, 3, 2), skill="fitter"),
            ["rate-fitter"],
        ),
        (ActualHoursBooked(resource="t", minutes=1, work_date=date(2026, 3, 2)), []),
        (
            EstimateSubmitted(
                element="labour", method="analogous", by="anna",
                money=Money(minor=1, currency="EUR"),
                effort=(SkillEffort(skill="fitter", effort_min=60),),
            ),
            ["rate-fitter"],
        ),
        (RATE, []),
    ],
)  # fmt: skip
def test_a_project_uses_what_its_events_name(event: DomainEvent, streams: list[str]) -> None:
    (recorded,) = History().record(f"plan-{PROJECT}", event).events
    assert list(named_by(recorded)) == streams


def test_a_reference_reads_as_what_happened_when_it_happened() -> None:
    history = History().record(
        f"project-{PROJECT}", reference(RATE, 3), effective_at=at("2026-04-01 08:00")
    )
    (recorded,) = history.events
    read = unwrapped(recorded)

    assert (read.event, read.stream, read.version) == (RATE, "rate-fitter", 3)
    assert (read.effective_at, read.position) == (NOON, recorded.position)
    assert (read.recorded_at, read.project_id) == (recorded.recorded_at, PROJECT)


def test_what_is_no_reference_reads_as_it_is() -> None:
    (recorded,) = History().record("rate-fitter", RATE).events
    assert unwrapped(recorded) is recorded


def test_what_is_known_of_a_shared_subject_is_taken_over_at_once() -> None:
    a_project.given(opened).when(take, others=Surroundings(shared=shared())).then(
        reference(RATE, 1), reference(RISE, 2)
    )


def test_only_what_the_project_does_not_have_is_taken_over() -> None:
    a_project.given(opened, reference(RATE, 1)).when(
        take, others=Surroundings(shared=shared())
    ).then(reference(RISE, 2))


def test_taking_over_again_changes_nothing() -> None:
    a_project.given(opened, reference(RATE, 1), reference(RISE, 2)).when(
        take, others=Surroundings(shared=shared())
    ).then()


def test_what_named_the_project_itself_is_not_taken_over() -> None:
    history = History().record("rate-fitter", RATE, effective_at=NOON)
    known: tuple[Recorded[DomainEvent], ...] = tuple(history.events)
    a_project.given(opened).when(take, others=Surroundings(shared=known)).then()


def test_a_project_that_is_not_there_or_over_takes_nothing_over() -> None:
    a_project.given().when(take, others=Surroundings(shared=shared())).then_refused(UnknownSubject)
    a_project.given(opened, cancelled).when(
        take, others=Surroundings(shared=shared())
    ).then_refused(ProjectClosed)

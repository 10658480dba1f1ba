"""Hold noise out of the conflicts: small, short and fast changing conditions, worked by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import Recorded
from domain.policies.conflict_on_finding import ConflictOnFinding, Judged, told
from domain.projects.events import ProjectHeld, RuleSet
from domain.rules import Cleared, Finding, Found
from domain.rules.finding import never
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at

FOUND = Finding(
    rule="drift", rule_version=1, kind="schedule", subjects=("project-PRJ-7",), severity="low",
    impact_days=Decimal("0.50"), summary="late", evidence=(1,), first_position=1,
)  # fmt: skip
GONE = Cleared("drift", FOUND.subjects, "it came")


@dataclass
class Script:
    """A rule that says what it was told to, event by event."""

    says: Sequence[Found | None] = ()
    name: str = "drift"
    version: int = 1
    code: str = "T1"
    title: str = "Something drifts."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact: bool = True
    at_once: bool = False
    due: Callable[[object, Watched], None] = field(default=never)

    def initial(self) -> list[Found | None]:
        return list(self.says)

    def fold(
        self,
        state: list[Found | None],
        recorded: Recorded[Any],
        project: Watched,
        *,
        more: bool = False,
    ) -> Sequence[Found]:
        del project, more
        if isinstance(recorded.event, ClockAdvanced | RuleSet) or not state:
            return ()
        said = state.pop(0)
        return () if said is None else (said,)


class Run:
    """A project in which one rule speaks at an event each minute, from 09:01 on."""

    def __init__(self, rule: Script) -> None:
        self.policy = ConflictOnFinding([rule])
        self.rule = rule
        self.judged: Judged = self.policy.initial()
        self.project = Watched(PROJECT)
        self.history = History()

    def take(self) -> list[Found]:
        recorded = self.history.events[-1]
        self.project.take(recorded)
        return [each.found for each in told([self.rule], self.judged, recorded, self.project)]

    def event(self) -> list[Found]:
        self.history.project(ProjectHeld())
        return self.take()

    def tick(self, when: str) -> list[Found]:
        self.history.tick(f"2026-02-01 {when}")
        return self.take()

    def set(self, **changed: Any) -> list[Found]:  # noqa: ANN401
        self.history.project(RuleSet(**changed))
        return self.take()

    @property
    def due(self) -> datetime | None:
        return self.policy.due(self.judged, self.project)


def test_a_condition_is_told_once_it_has_lasted() -> None:
    run = Run(Script([FOUND]))
    assert run.event() == []
    assert run.due == at("2026-02-01 09:16")
    assert run.tick("09:15") == []
    assert run.tick("09:16") == [FOUND]
    assert run.tick("11:00") == []


def test_a_condition_that_is_gone_before_is_never_told() -> None:
    run = Run(Script([FOUND, GONE]))
    assert run.event() + run.event() + run.tick("10:00") == []
    assert run.due is None


def test_a_condition_that_is_back_begins_to_last_anew() -> None:
    run = Run(Script([FOUND, GONE, FOUND]))
    assert run.event() + run.event() + run.event() == []
    assert run.due == at("2026-02-01 09:18")


def test_a_fact_that_will_not_go_by_itself_is_told_at_once() -> None:
    assert Run(Script([FOUND], at_once=True)).event() == [FOUND]


def test_what_hardly_moves_the_promise_is_told_once_it_does() -> None:
    small = replace(FOUND, impact_days=Decimal("0.49"))
    run = Run(Script([small, FOUND]))
    assert run.event() + run.tick("10:00") == []
    assert run.event() == [FOUND]


def test_a_rule_without_an_impact_is_not_weighed_by_it() -> None:
    small = replace(FOUND, impact_days=Decimal(0))
    assert Run(Script([small], weighs_impact=False, at_once=True)).event() == [small]


def test_changes_that_come_fast_are_told_together() -> None:
    worse = [replace(FOUND, impact_days=Decimal(days)) for days in (2, 3)]
    run = Run(Script([FOUND, *worse], at_once=True))
    run.set(rule="noise", parameters={"debounce": 150})
    assert run.event() == [FOUND]
    assert run.event() + run.event() == []
    assert run.due == at("2026-02-01 09:02") + timedelta(seconds=150)
    assert run.tick("09:05") == [worse[-1]]


def test_what_was_told_is_cleared_at_once() -> None:
    run = Run(Script([FOUND, GONE], at_once=True))
    assert [run.event(), run.event(), run.tick("10:00")] == [[FOUND], [GONE], []]


def test_a_project_may_wait_longer_or_not_at_all() -> None:
    run = Run(Script([FOUND]))
    run.set(rule="noise", parameters={"min_age": 60})
    run.event()
    assert run.due == at("2026-02-01 10:02")
    assert run.set(rule="noise", parameters={"min_age": 0}) == [FOUND]


def test_a_rule_that_is_switched_off_clears_what_it_told_and_on_tells_it_again() -> None:
    run = Run(Script([FOUND], at_once=True))
    run.event()
    off = Cleared("drift", FOUND.subjects, "The rule is switched off here")
    assert run.set(rule="drift", on=False) == [off]
    assert run.tick("10:00") == []
    assert run.set(rule="drift", on=True) == [FOUND]


def test_what_is_told_later_names_the_event_it_came_up_at() -> None:
    run = Run(Script([FOUND]))
    run.event()
    run.history.tick("2026-02-01 10:00")
    run.project.take(run.history.events[-1])
    (request,) = run.policy.fold(run.judged, run.history.events[-1], run.project)
    assert request.cause == run.history.events[0]

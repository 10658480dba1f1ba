"""Hold rules that are asked only about what they heed to the same rules asked about everything."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import stream_of
from domain.kernel.messages import DomainEvent, Recorded
from domain.log.catalogue import AGGREGATES, catalogue
from domain.network.fold import NETWORK_EVENTS
from domain.plans.events import DependencyAdded, PhaseDetailsRevised, PhasePlanned
from domain.projects.events import ProjectOpened
from domain.rules import RULES, Found, Rule
from domain.rules.heeding import Heeding, Waiting
from domain.rules.watched import Watched
from tests.golden.write import sample
from tests.property.random_histories import PHASES, a_plan, steps, tell
from tests.unit.projections.histories import MONDAY, PROJECT, History

SAMPLE_ID: Final = "weld.1:a-B_2"
OF_PROJECT: Final = frozenset({"project", "plan"})
INSIDE_PROJECT: Final = frozenset({"phase", "estimate", "resource", "calendar", "item"})
DEPARTMENT, PERIOD = "welding", "2026-W10"

ASIDE: Final = (ProjectOpened, PhasePlanned, PhaseDetailsRevised, DependencyAdded, ClockAdvanced)
"""Events that random steps tell, or whose samples let a phase wait for or lie under itself."""

facts = st.tuples(
    st.just("event"),
    st.sampled_from([
        each
        for each in sorted(catalogue().models.values(), key=lambda each: each.type_name)
        if each.mark != "request" and each not in ASIDE
    ]),
    st.sampled_from(PHASES),
    st.booleans(),
)  # fmt: skip
"""Facts come in any order, whatever was asked for before."""
lives = st.tuples(
    st.just("life"),
    st.sampled_from([each for each in AGGREGATES if each != "calendars"]),
    st.sampled_from(PHASES),
    st.booleans(),
    st.integers(1, 20),
)
"""What is asked for comes in order, once for each subject. A sample of a calendar is none that one
can work by; steps change the calendar."""
ticks = st.tuples(st.just("tick"), st.integers(0, 40))
stories = st.lists(
    st.lists(st.one_of(facts, lives, ticks, st.tuples(st.just("steps"), steps)), max_size=5),
    max_size=6,
)
"""Each inner list is one message."""


def asked(kind: type[DomainEvent], subject_id: str, *, full: bool) -> tuple[str, Any]:
    """Return a sample of an event about a subject, and its stream."""
    text = sample(kind, full=full).model_dump_json()
    event = kind.model_validate_json(text.replace(SAMPLE_ID, subject_id))
    category = kind.type_name.partition(".")[0]
    if category in OF_PROJECT:
        return stream_of(category, PROJECT), event
    if category == "report":
        ids = (DEPARTMENT,) if "rrule" in kind.model_fields else (DEPARTMENT, PERIOD)
        return stream_of(category, PROJECT, *ids), event
    ids = (PROJECT, subject_id) if category in INSIDE_PROJECT else (subject_id,)
    return stream_of(category, *ids), event


def told(story: Sequence[Sequence[Any]]) -> list[tuple[Recorded[Any], bool]]:
    """Return the events of a plan and of a story after it, and whether more of a message follow."""
    history, lived = a_plan(), set[tuple[str, str]]()
    ends = {len(history.events)}
    for message in story:
        for step in message:
            if step[0] == "life":
                if step[1:3] in lived:
                    continue
                lived.add(step[1:3])
            _tell(history, step)
        ends.add(len(history.events))
    return [(each, place not in ends) for place, each in enumerate(history.events, 1)]


def _tell(history: History, step: Any) -> None:  # noqa: ANN401
    match step:
        case ("tick", days):
            history.record("clock", ClockAdvanced(to=MONDAY + timedelta(days=days)))
        case ("steps", changes):
            for number, change in enumerate(changes):
                if change[0] != "mend":  # No fold is ever handed a correction.
                    tell(history, number, *change)
        case ("life", aggregate, subject_id, full, until):
            # An aggregate lists its events in an order in which they may come.
            for kind in import_module(f"domain.{aggregate}.events").EVENTS[:until]:
                if kind not in ASIDE:
                    history.record(*asked(kind, subject_id, full=full))
        case (_, kind, subject_id, full):
            history.record(*asked(kind, subject_id, full=full))


@settings(max_examples=200)
@given(stories)
def test_a_rule_that_is_not_asked_would_have_said_nothing(story: Sequence[Sequence[Any]]) -> None:
    project, heeding, waiting = Watched(PROJECT), Heeding(RULES), Waiting()
    always = [rule.initial() for rule in RULES]
    heeded = {rule.name: rule.initial() for rule in RULES}
    for recorded, more in told(story):
        project.take(recorded)
        said: dict[str, Sequence[Found]] = {
            rule.name: found
            for rule in waiting.asked(heeding, recorded, more=more)
            if (found := rule.fold(heeded[rule.name], recorded, project, more=more))
        }
        for rule, state in zip(RULES, always, strict=True):
            found = rule.fold(state, recorded, project, more=more)
            assert tuple(said.get(rule.name, ())) == tuple(found), rule.name
            assert rule.due(state, project) == rule.due(heeded[rule.name], project), rule.name


def named_in(code: CodeType) -> Iterator[str]:
    """Yield the names a function reads, and those that functions inside it do."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from named_in(each)


def functions_of(kind: type[Any]) -> Iterator[FunctionType]:
    """Yield the functions that a class itself defines, those behind its properties too."""
    for each in vars(kind).values():
        bare = getattr(each, "__func__", None) or getattr(each, "fget", None) or each
        if isinstance(bare, FunctionType):
            yield bare


def reached_by(rule: Rule[Any]) -> Iterator[FunctionType]:
    """Yield the functions of a rule, of what it inherits from, and of what those name.

    Only of rules: what all of them share (`Watched`) sees every event whoever is asked.
    """
    kinds = [type(rule)]
    to_do = [each for each in vars(import_module(type(rule).__module__)).values()
             if isinstance(each, FunctionType)]  # fmt: skip
    seen: set[object] = set()
    while kinds or to_do:
        if kinds:
            for kind in kinds.pop().__mro__:
                if _is_of_rules(kind) and kind not in seen:
                    seen.add(kind)
                    to_do += functions_of(kind)
            continue
        function = to_do.pop()
        if function in seen or not _is_of_rules(function):
            continue
        seen.add(function)
        yield function
        for named in map(function.__globals__.get, set(named_in(function.__code__))):
            if isinstance(named, FunctionType):
                to_do.append(named)
            elif isinstance(named, type):
                kinds.append(named)


def _is_of_rules(each: type[Any] | FunctionType) -> bool:
    return each.__module__.startswith("domain.rules.") and each.__module__ != Watched.__module__


def read_by(rule: Rule[Any]) -> set[type[DomainEvent]]:
    """Return the types of events that a rule asks for by name, or by the name of a set of them."""
    found: set[type[DomainEvent]] = set()
    for function in reached_by(rule):
        for named in map(function.__globals__.get, set(named_in(function.__code__))):
            for each in named if isinstance(named, tuple | frozenset) else (named,):
                if isinstance(each, type) and issubclass(each, DomainEvent):
                    found.add(each)
    return found


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_heeds_every_event_that_it_asks_for_by_name(rule: Rule[Any]) -> None:
    """What is rare in random histories, as a gate that names a contract, is seen in the code."""
    heard = {each for each in read_by(rule) if rule in Heeding(RULES).at(each)}
    assert read_by(rule) == heard


def test_events_asked_for_by_name_are_seen() -> None:
    seen = {rule.name: {each.__name__ for each in read_by(rule)} for rule in RULES}
    assert {"GateAdded", "GateWaived", "GateSatisfied"} <= seen["contract_unreviewed"]
    assert "BaselineApproved" in seen["buffer_fever"]
    # In what a rule inherits from, and in what it calls in another module.
    assert "RuleSet" in seen["action_overdue"]
    assert {"DataDateAdvanced", "RateChanged"} <= seen["cost_index"]
    assert sum(map(bool, seen.values())) > len(RULES) // 2


def test_rules_are_asked_about_what_they_heed_and_about_the_end_of_that_message() -> None:
    history = a_plan()
    heeding, waiting = Heeding(RULES), Waiting()
    planned = next(each for each in history.events if isinstance(each.event, PhasePlanned))
    priced = next(each for each in catalogue().models.values() if each.type_name.startswith("rate"))
    history.record("rate-welder", sample(priced, full=True))  # type: ignore[arg-type]
    other = history.events[-1]

    def names(recorded: Recorded[Any], *, more: bool = False) -> set[str]:
        return {rule.name for rule in waiting.asked(heeding, recorded, more=more)}

    assert type(planned.event) in NETWORK_EVENTS
    assert "negative_float" in names(planned)
    assert "negative_float" not in names(other)
    assert "negative_float" in names(planned, more=True)
    assert "negative_float" in names(other)
    assert "negative_float" not in names(other)

"""Say what the parts of a plant's story are made of: phases, beats, and the course of a project."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

from consumers.demo.project import Step
from domain.kernel.minutes import Minute, instant_of
from domain.kernel.work_axis import WorkAxis

WEEK: Final = 7 * 1440
OFFICE: Final = "/plant/departments"
ERP: Final = "/plant/erp"
MES: Final = "/plant/hall-1/mes"
PORTAL: Final = "/customers/portal"

Commands: TypeAlias = list[tuple[str, Mapping[str, Any]]]

HEAD: Final = "head"
"""In a request, the position the log ends at when it is asked: only who asks knows it."""


class Beat(NamedTuple):
    """Something that happens: when it is told and when it was true, in minutes since 1970."""

    told: Minute
    number: int
    """The how manieth of its project."""
    what: str
    subject: str = ""
    true: Minute = 0
    value: int = 0
    more: str = ""


class Telling(NamedTuple):
    """What is told of a project beside its plan and its work; see `Plant`."""

    reporting: bool = False
    office: bool = False
    publishing: bool = False
    leaders: bool = False
    """Who leads a department is the plant's, so its first project tells it."""


class Phase(NamedTuple):
    """One phase as planned, and the places of those it follows."""

    id: str
    step: Step
    module: int
    after: tuple[tuple[int, str, int], ...]
    """Place of the predecessor, type of the link, lag in working minutes."""


class Order(NamedTuple):
    """What was ordered for a phase, when, for when, and when how much of it came."""

    id: str
    phase: str
    vendor: str
    item: str
    qty: int
    told: Minute
    need: Minute
    came: tuple[tuple[Minute, int], ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What a project is, and when its phases really start and finish, place by place."""

    key: str
    name: str
    customer: str
    axis: WorkAxis
    begin: Minute
    promise: date
    phases: Sequence[Phase]
    starts: Sequence[Minute]
    finishes: Sequence[Minute]
    agreed: Sequence[tuple[Minute, str]]
    """When the customer agreed to another day, and to which."""
    planned: Sequence[Minute] = ()
    """When each phase was to start by the first plan."""
    orders: Sequence[Order] = ()
    """What phases wait for."""

    @property
    def end(self) -> Minute:
        """When the last phase is done."""
        return max(self.finishes)


def asked(told: Minute, commands: Sequence[tuple[str, Mapping[str, Any]]]) -> Beat:
    """Return requests, each by name and body, that are decided as one and make an event each."""
    return Beat(told, 0, "asked", value=len(commands), more=_json(commands))


def noted(
    told: Minute, source: str, type_name: str, stream: str, data: Mapping[str, Any],
    true: Minute | None = None,
) -> Beat:  # fmt: skip
    """Return a fact: who tells it, its name, whom it is about, what it says."""
    more = f"{source} {type_name} {_json(data)}"
    return Beat(told, 0, "noted", stream, told if true is None else true, more=more)


def moment(at: Minute) -> str:
    """Return a minute as messages write it."""
    return f"{instant_of(at):%Y-%m-%dT%H:%M}:00Z"


def _json(told: object) -> str:
    return json.dumps(told, separators=(",", ":"))

"""Answer why a date is what it is: which moments are compared, which date is asked about."""

from datetime import datetime
from typing import Any, Final, cast, get_args

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question
from consumers.true_moments import told, true_by
from consumers.views import Views
from domain.attribution.chain import Edge, Subject
from domain.attribution.shares import WindowTooLarge
from domain.disputes.facts import as_settled
from domain.kernel.refusals import UnknownSubject
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from projections.explained import (
    Method,
    Window,
    chain_document,
    slips_document,
    why_document,
)

METHODS: Final = get_args(Method)
EDGES: Final = get_args(Edge)
NEAR_DAY_MIN: Final = 480
"""Paths with at most a working day of float are told as near."""


def why(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the chain of a date, and with `from` what moved it since.

    `from` may be `begin`: where the project was first promised, or else first had a schedule.
    With `true_at` all of it is told of what was true by then: `from` and `to` are as known at.
    Raises WrongInput and UnknownSubject.
    """
    subject = _subject(asked)
    method = asked.get("method", "recorded")
    if method not in METHODS:
        msg = f"method is one of {', '.join(METHODS)}, not {method!r}"
        raise WrongInput(msg)
    position, moment = _position(views, asked.get("to")), true_by(asked.get("true_at"))
    after = views.network(project_id, position, moment)
    _must_be_planned(after, subject)
    begin = asked.get("from")
    if begin is None:
        return chain_document(after, position, subject) | told(moment)
    if begin == "begin":
        first = beginning(views, project_id, position, moment)
    else:
        first = _position(views, begin)
    if first > position:
        msg = f"from (position {first}) comes after to (position {position}): turn them round"
        raise WrongInput(msg)
    disputes = views.disputes(project_id, position)
    events = views.history(project_id, first, position, moment)
    window = Window(
        fresh=lambda: Walk(
            views.network(project_id, first, moment),
            lambda: views.history(project_id, 0, first, moment),
        ),
        after=after,
        events=[as_settled(recorded, disputes) for recorded in events],
        subject=subject,
        near_min=NEAR_DAY_MIN,
        disputes=disputes,
    )
    try:
        return why_document(window, first, position, cast("Method", method)) | told(moment)
    except WindowTooLarge as large:
        raise WrongInput(str(large)) from large


def slips(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every date that a phase, or the project's finish, was ever given."""
    subject, position = _subject(asked), _position(views, asked.get("to"))
    moment = true_by(asked.get("true_at"))
    network = views.network(project_id, position, moment)
    _must_be_planned(network, subject, ever=True)
    events = views.history(project_id, 0, position, moment)
    walk = Walk(ProjectNetwork(project_id))
    disputes = views.disputes(project_id, position)
    return slips_document(walk, events, position, subject, disputes) | told(moment)


def beginning(views: Views, project_id: str, up_to: int, true_at: datetime | None = None) -> int:
    """Return the position at which a project was first promised, else first had a schedule.

    That is the end of the message that did it: a plan comes in with its promise.
    """
    walk, message, found = Walk(ProjectNetwork(project_id)), None, 0
    for recorded in views.history(project_id, 0, up_to, true_at):
        identity = recorded.envelope.source, recorded.envelope.message_id
        if identity != message:
            if walk.network.promise is not None and walk.network.schedule() is not None:
                return found
            message = identity
        walk.take(recorded)
        found = recorded.position
    return found


def _subject(asked: Asked) -> Subject:
    edge = asked.get("of", "finish")
    if edge not in EDGES:
        msg = f"of is one of {', '.join(EDGES)}, not {edge!r}"
        raise WrongInput(msg)
    phase_id = asked.get("phase")
    if phase_id is None and edge == "start":
        msg = "say the phase whose start is meant; a project is asked about by its finish"
        raise WrongInput(msg)
    return Subject(phase_id, cast("Edge", edge))


def _position(views: Views, text: str | None) -> int:
    return views.position_or_head(text)


def _must_be_planned(network: ProjectNetwork, subject: Subject, *, ever: bool = False) -> None:
    if subject.phase_id is None:
        return
    line = network.lines.get(subject.phase_id)
    if line is None or not (line.planned or ever):
        msg = f"there is no phase {subject.phase_id} in the plan of {network.project_id} then"
        raise UnknownSubject(msg)


_PHASE: Final = Parameter("phase", "Id of the phase; without it the finish of the project.")
_OF: Final = Parameter("of", "Which date of the phase: start or finish (default).")
_TO: Final = Parameter("to", "Position or time at which it is asked; the head of the log.")
_TRUE_AT: Final = Parameter(
    "true_at", "Time: only what was true by then counts; from and to say what was known."
)

WHY: Final = Question(
    "why",
    "Explain a date: what drives it, and what moved it since an earlier moment.",
    why,
    (
        _PHASE,
        _OF,
        Parameter("from", "Position or time since which moves are told, or begin."),
        _TO,
        _TRUE_AT,
        Parameter("method", f"How moves are charged: {', '.join(METHODS)} (default recorded)."),
    ),
)
SLIPS: Final = Question(
    "slips",
    "List every date a phase or the project was ever given.",
    slips,
    (_PHASE, _OF, _TO, _TRUE_AT),
)

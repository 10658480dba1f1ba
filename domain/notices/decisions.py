"""Decide on a notice: it is prepared once, and what comes in is linked to what was prepared."""

from dataclasses import dataclass
from typing import Final

from domain.kernel.decider import Decider, Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import AlreadyExists, UnknownSubject
from domain.notices.commands import COMMANDS, LinkMessage, NoticeCommand, PrepareNotice
from domain.notices.events import EVENTS, MessageLinked, NoticePrepared
from domain.notices.state import Notice, evolve


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a notice's decisions need to know of the project the request names."""

    project_exists: bool


def decide(command: NoticeCommand, notice: Notice, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a step on a notice, `()` for a repeat; raises Rejected.

    Parties of a closed project are told as well.
    """
    del asked
    if isinstance(command, PrepareNotice) and not others.project_exists:
        msg = f"there is no project {command.project_id}"
        raise UnknownSubject(msg)
    prepared = notice.dossier.prepared
    is_known = prepared is not None and notice.project_id == command.project_id
    match command:
        case PrepareNotice():
            asked_for = NoticePrepared(
                **{name: getattr(command, name) for name in NoticePrepared.model_fields}
            )
            if prepared is None:
                return (asked_for,)
            if is_known and prepared.event == asked_for:
                return ()
            msg = f"notice {command.notice_id} says something else: take another id"
            raise AlreadyExists(msg)
        case LinkMessage() if is_known:
            linked = MessageLinked(inbound_ref=command.inbound_ref, about=command.about)
            return () if linked in notice.dossier.linked else (linked,)
        case _:
            msg = f"project {command.project_id} has no notice {command.notice_id}: prepare it"
            raise UnknownSubject(msg)


DECIDER: Final[Decider[Notice, Surroundings]] = Decider(
    category="notice",
    commands=COMMANDS,
    events=EVENTS,
    initial=Notice,
    evolve=evolve,
    decide=decide,
)

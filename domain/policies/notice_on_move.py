"""Whenever dates move that parties go by, then each of them gets one notice of it, once a day."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from domain.kernel.ids import derived_id, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.notices.commands import PrepareNotice
from domain.notices.events import CAUSES_MAX, CHANGES_MAX, DateChange
from domain.phases.events import PhaseReleased, PhaseStarted
from domain.policies.policy import Request
from domain.policies.told_dates import Party, ToldDates
from domain.projects.events import BaselineApproved
from domain.rules.parameters import GATHER, NOTICES
from domain.rules.watched import Watched

PUTS_IN_FORCE: Final = (BaselineApproved, PhaseReleased, PhaseStarted)
"""From the first of these on parties go by the dates of a plan; before, they are a draft."""

_OVER: Final = frozenset({"completed", "cancelled"})


DECIDED: Final = frozenset({"promise", "need_by"})
"""Dates that somebody laid down: of these a party is told at once."""


@dataclass(slots=True)
class Waiting:
    """What moved for a party since it was last told, each date from where it was told to be."""

    causes: list[Recorded[Any]] = field(default_factory=list)
    changes: dict[tuple[str, str], DateChange] = field(default_factory=dict)
    """By subject and which of its dates."""

    def add(self, changes: Sequence[DateChange], causes: Sequence[Recorded[Any]]) -> None:
        """Take further moves in; what moved back to where it was is nothing to tell."""
        self.causes = [*self.causes, *causes][:CAUSES_MAX]
        for change in changes:
            date = (change.subject, change.what)
            before = self.changes.pop(date, None)
            if before is None:
                self.changes[date] = change
            elif before.old != change.new:
                days = before.days + change.days
                self.changes[date] = change.model_copy(update={"old": before.old, "days": days})


@dataclass(slots=True)
class Telling:
    """What the parties of one project were told, and what the message being read did so far."""

    told: ToldDates = field(default_factory=ToldDates)
    causes: list[Recorded[Any]] = field(default_factory=list)
    commitments: set[str] = field(default_factory=set)
    told_at: dict[Party, datetime] = field(default_factory=dict)
    waiting: dict[Party, Waiting] = field(default_factory=dict)


class NoticeOnMove:
    """Compare the dates after each message with those told; one notice for each affected party.

    Affected are who was promised something (the promise, the project's finish), the vendor of a
    commitment that is to come (when we need it) and each department (its phases). A party is told
    at once; what moves within the next 24 hours is gathered into one further notice, except that
    dates which were laid down (a promise, the day we ask for) are told at once with all the rest.
    """

    name = "notice_on_move"

    def initial(self) -> Telling:
        """Return that nobody was told anything."""
        return Telling()

    def fold(
        self, state: Telling, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in, or a tick; return the notices asked for at the end of a message."""
        if isinstance(recorded.event, PUTS_IN_FORCE):
            state.told.in_force = True
        if project.changed:
            state.causes.append(recorded)
            subject = subject_of(recorded.stream)
            if subject.category == "commitment":
                state.commitments.add(subject.ids[-1])
        if more:
            return ()
        if state.causes:
            causes, state.causes = state.causes, []
            commitments, state.commitments = sorted(state.commitments), set()
            for party, changes in state.told.moved(project.network, commitments).items():
                if changes:
                    state.waiting.setdefault(party, Waiting()).add(changes, causes)
        if not state.waiting:
            return ()
        if project.network.standing in _OVER:
            state.waiting.clear()
            return ()
        return self._told_now(state, project, project.moment_of(recorded))

    def _told_now(self, state: Telling, project: Watched, now: datetime) -> Sequence[Request]:
        """Return the notices for all who are told by now, and know that they were."""
        gather = timedelta(hours=project.number(NOTICES, GATHER))
        asked = []
        for party in sorted(state.waiting):
            told_at = state.told_at.get(party)
            waiting = state.waiting[party]
            decided = any(what in DECIDED for _, what in waiting.changes)
            if told_at is not None and now < told_at + gather and not decided:
                continue
            del state.waiting[party]
            if waiting.changes:
                state.told_at[party] = now
                asked.append(_notice(party, waiting, project.project_id))
        return asked

    def due(self, state: Telling, project: Watched) -> datetime | None:
        """Return when the next party is told of what has moved for it since it was last told."""
        gather = timedelta(hours=project.number(NOTICES, GATHER))
        return min((state.told_at[party] + gather for party in state.waiting), default=None)

    def instead(
        self, before: Telling, after: Telling, recorded: Recorded[Any], project: Watched
    ) -> Sequence[Request]:
        """Return notices of what stands otherwise, since a correction, than was told before it."""
        del after
        commitments = sorted(supply.id for supply in project.network.supplies.lines())
        waiting = before.waiting
        for party, changes in before.told.moved(project.network, commitments).items():
            waiting.setdefault(party, Waiting()).add(changes, ())
        told = {
            party: Waiting([recorded], waiting[party].changes)
            for party in sorted(waiting)
            if waiting[party].changes
        }
        return [_notice(party, told[party], project.project_id) for party in told]


def _notice(party: Party, waiting: Waiting, project_id: str) -> Request:
    """Return the request of one notice; its ids are of the first cause and the party."""
    causes, changes = waiting.causes, list(waiting.changes.values())
    notice_id = derived_id("n-", causes[0].event_id, party.stake, party.name)
    furthest = sorted(changes, key=lambda each: (-abs(each.days), each.subject, each.what))
    command = PrepareNotice(
        project_id=project_id,
        notice_id=notice_id,
        kind="delay" if any(each.days > 0 for each in changes) else "schedule",
        recipients=(party.name,),
        stake=party.stake,
        refs=tuple(sorted({each.subject for each in furthest[:CHANGES_MAX]})),
        cause_events=tuple(each.event_id for each in causes),
        content_hash=content_hash(changes),
        summary=_summary(party, changes, causes[0]),
        changes=tuple(furthest[:CHANGES_MAX]),
        changes_count=len(changes),
    )
    message_id = derived_id("", command.command_name, notice_id)
    return Request(message_id, command, causes[0])


def content_hash(changes: Sequence[DateChange]) -> str:
    """Return the SHA-256, in hexadecimal, of all changes in the order of subjects."""
    told = sorted(
        (each.model_dump(mode="json") for each in changes),
        key=lambda each: (each["subject"], each["what"]),
    )
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _summary(party: Party, changes: Sequence[DateChange], cause: Recorded[Any]) -> str:
    """Say how much moved; why is for the plant alone, so outside parties are not told here."""
    least, most = min(each.days for each in changes), max(each.days for each in changes)
    told = f"{counted(len(changes), 'date')} moved"
    by = "by" if len(changes) == 1 else "by up to"
    if most > 0:
        told += f", {by} {most} working days later"
    if least < 0:
        told += f", {by} {-least} working days earlier"
    reason = cause.envelope.reason
    if party.stake != "department" or reason is None:
        return told
    words = reason.code.replace("_", " ")
    return f"{told}: {words}, {reason.text}" if reason.text else f"{told}: {words}"

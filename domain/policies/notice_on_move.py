"""Whenever a message moves dates that parties go by, then each of them gets one notice of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.kernel.ids import derived_id, subject_of
from domain.kernel.messages import Recorded
from domain.notices.commands import PrepareNotice
from domain.notices.events import CAUSES_MAX, CHANGES_MAX, DateChange
from domain.phases.events import PhaseReleased, PhaseStarted
from domain.policies.policy import Request
from domain.policies.told_dates import Party, ToldDates
from domain.projects.events import BaselineApproved
from domain.rules.watched import Watched

PUTS_IN_FORCE: Final = (BaselineApproved, PhaseReleased, PhaseStarted)
"""From the first of these on parties go by the dates of a plan; before, they are a draft."""

_OVER: Final = frozenset({"completed", "cancelled"})


@dataclass(slots=True)
class Telling:
    """What the parties of one project were told, and what the message being read did so far."""

    told: ToldDates = field(default_factory=ToldDates)
    causes: list[Recorded[Any]] = field(default_factory=list)
    commitments: set[str] = field(default_factory=set)


class NoticeOnMove:
    """Compare the dates after each message with those told; one notice for each affected party.

    Affected are who was promised something (the promise, the project's finish), the vendor of a
    commitment that is to come (when we need it) and each department (its phases).
    """

    name = "notice_on_move"

    def initial(self) -> Telling:
        """Return that nobody was told anything."""
        return Telling()

    def fold(
        self, state: Telling, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in; return the notices asked for at the last event of a message."""
        if isinstance(recorded.event, PUTS_IN_FORCE):
            state.told.in_force = True
        if project.changed:
            state.causes.append(recorded)
            subject = subject_of(recorded.stream)
            if subject.category == "commitment":
                state.commitments.add(subject.ids[-1])
        if more or not state.causes:
            return ()
        causes, state.causes = state.causes, []
        commitments, state.commitments = sorted(state.commitments), set()
        moved = state.told.moved(project.network, commitments)
        if project.network.standing in _OVER:
            return ()
        return notices(moved, causes, project.project_id)

    def due(self, state: Telling, project: Watched) -> datetime | None:
        """Wait for no moment: time alone moves no date."""
        del state, project
        return None

    def instead(
        self, before: Telling, after: Telling, recorded: Recorded[Any], project: Watched
    ) -> Sequence[Request]:
        """Return notices of what stands otherwise, since a correction, than was told before it."""
        del after
        commitments = sorted(supply.id for supply in project.network.supplies.lines())
        moved = before.told.moved(project.network, commitments)
        return notices(moved, [recorded], project.project_id)


def notices(
    moved: Mapping[Party, Sequence[DateChange]], causes: Sequence[Recorded[Any]], project_id: str
) -> Sequence[Request]:
    """Return one request for each party something moved for; ids are of cause and party."""
    return [
        _notice(party, moved[party], causes, project_id) for party in sorted(moved) if moved[party]
    ]


def _notice(
    party: Party, changes: Sequence[DateChange], causes: Sequence[Recorded[Any]], project_id: str
) -> Request:
    notice_id = derived_id("n-", causes[0].event_id, party.stake, party.name)
    furthest = sorted(changes, key=lambda each: (-abs(each.days), each.subject, each.what))
    command = PrepareNotice(
        project_id=project_id,
        notice_id=notice_id,
        kind="delay" if any(each.days > 0 for each in changes) else "schedule",
        recipients=(party.name,),
        stake=party.stake,
        refs=tuple(sorted({each.subject for each in furthest[:CHANGES_MAX]})),
        cause_events=tuple(each.event_id for each in causes[:CAUSES_MAX]),
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
    told = "1 date moved" if len(changes) == 1 else f"{len(changes)} dates moved"
    if most > 0:
        told += f", by up to {most} working days later"
    if least < 0:
        told += f", by up to {-least} working days earlier"
    reason = cause.envelope.reason
    if party.stake != "department" or reason is None:
        return told
    words = reason.code.replace("_", " ")
    return f"{told}: {words}, {reason.text}" if reason.text else f"{told}: {words}"

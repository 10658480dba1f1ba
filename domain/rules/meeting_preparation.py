"""G2: find meetings for which somebody should be prepared by now and is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.inquiries.facts import Dossier as Inquiry
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.meetings.events import AgendaItemAdded
from domain.meetings.facts import Dossier, Stage
from domain.rules.finding import Found
from domain.rules.meetings import MeetingBook, Unfit, named
from domain.rules.moments import JUST_AFTER
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "meeting_unprepared"
VERSION: Final[int] = 1


@dataclass(slots=True)
class Preparation:
    """The meetings, and the inquiries that may be asked about at them."""

    meetings: MeetingBook = field(default_factory=MeetingBook)
    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    about: dict[str, set[str]] = field(default_factory=dict)
    """The inquiries about a subject, by its stream."""
    agendas: dict[str, set[str]] = field(default_factory=dict)
    """The meetings at which a subject is talked over, by its stream."""

    def take(self, recorded: Recorded[Any]) -> set[str]:
        """Take an event in; return the meetings that it may matter to."""
        if subject_of(recorded.stream).category == "inquiry":
            inquiry = self.inquiries.get(recorded.stream, Inquiry()).after(recorded)
            self.inquiries[recorded.stream] = inquiry
            refs = () if inquiry.received is None else inquiry.received.event.about
            for ref in refs:
                self.about.setdefault(ref, set()).add(recorded.stream)
            return {meeting for ref in refs for meeting in self.agendas.get(ref, ())}
        stream = self.meetings.take(recorded)
        if stream is None:
            return set()
        if isinstance(recorded.event, AgendaItemAdded):
            for ref in recorded.event.refs:
                self.agendas.setdefault(ref, set()).add(stream)
        return {stream}

    def unanswered(self, item: AgendaItemAdded) -> Iterator[str]:
        """Yield the inquiries about what an item is about that wait for an answer, by id."""
        streams = {inquiry for ref in item.refs for inquiry in self.about.get(ref, ())}
        for stream in sorted(streams):
            if self.inquiries[stream].waits:
                yield subject_of(stream).ids[-1]


class MeetingUnprepared:
    """DOMAIN G2: the time to prepare an item is over, and its lead has not confirmed that he is.

    Nor is an item prepared while an inquiry about one of its subjects waits for an answer. An item
    without a time of its own must be prepared when the meeting starts. One finding a meeting, told
    again when other items are concerned. It clears when all are prepared, and when the meeting is
    held or cancelled. Somebody is prepared or not, so there is no margin to restore.
    """

    name = NAME
    version = VERSION
    code = "G2"
    title = "Somebody should be prepared for a meeting by now, and is not."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = False

    def initial(self) -> Preparation:
        """Return a project without meetings."""
        return Preparation()

    def fold(
        self, state: Preparation, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        del more
        book = state.meetings
        near = {*book.waiting.come(project.now), *state.take(recorded)}
        found: list[Found] = []
        for each in sorted(near):
            unfit = _unfit(state, each, project)
            because = f"All are prepared for {named(book.dossiers[each], each)}, or it is over"
            found += book.tell(NAME, VERSION, each, unfit, recorded.position, because)
        return found

    def due(self, state: Preparation, project: Watched) -> datetime | None:
        """Return when the next item must be prepared."""
        del project
        return state.meetings.waiting.next()


def _unfit(state: Preparation, stream: str, project: Watched) -> Unfit | None:
    meeting = state.meetings.dossiers[stream]
    state.meetings.waiting.wait(stream, None)
    if meeting.stage is not Stage.PLANNED:
        return None
    now = project.now
    lacking, later = [], []
    for item, reasons in _lacking(state, meeting):
        by = item.prep_due or meeting.start
        assert by is not None  # It is planned.
        if now is not None and now > by:
            lacking.append(f"“{item.topic}” ({', '.join(reasons)})")
        else:
            later.append(by + JUST_AFTER)
    state.meetings.waiting.wait(stream, min(later, default=None))
    if not lacking:
        return None
    return Unfit(
        "medium",
        f"{named(meeting, stream)} is not prepared: {'; '.join(lacking)}",
        ("Ask the leads of these items", "Answer what was asked"),
    )


def _lacking(state: Preparation, meeting: Dossier) -> Iterator[tuple[AgendaItemAdded, list[str]]]:
    """Yield the items that are not prepared, each with the reasons."""
    unprepared = {item.item_id for item in meeting.unprepared}
    for item in meeting.steps.items.values():
        reasons = [f"{item.lead} has not confirmed"] if item.item_id in unprepared else []
        reasons += [f"inquiry {each} is not answered" for each in state.unanswered(item)]
        if reasons:
            yield item, reasons

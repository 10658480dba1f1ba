"""G2: find meetings for which somebody should be prepared by now and is not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from domain.inquiries.facts import Dossier as Inquiry
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.meetings.events import AgendaItemAdded
from domain.meetings.facts import Dossier, Stage
from domain.rules.by_dossier import ByDossier
from domain.rules.by_subject import Judgement
from domain.rules.meetings import Meetings, named
from domain.rules.moments import JUST_AFTER
from domain.rules.watched import Watched

NAME: Final[str] = "meeting_unprepared"


@dataclass(slots=True, kw_only=True)
class Preparation(Meetings):
    """The meetings, and the inquiries that may be asked about at them."""

    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    about: dict[str, set[str]] = field(default_factory=dict)
    """The inquiries about a subject, by its stream."""
    agendas: dict[str, set[str]] = field(default_factory=dict)
    """The meetings at which a subject is talked over, by its stream."""

    def asked(self, recorded: Recorded[Any]) -> set[str]:
        """Take an event of an inquiry in; return the meetings that it may matter to."""
        inquiry = self.inquiries.get(recorded.stream, Inquiry()).after(recorded)
        self.inquiries[recorded.stream] = inquiry
        refs = () if inquiry.received is None else inquiry.received.event.about
        for ref in refs:
            self.about.setdefault(ref, set()).add(recorded.stream)
        return {meeting for ref in refs for meeting in self.agendas.get(ref, ())}

    def unanswered(self, item: AgendaItemAdded) -> Iterator[str]:
        """Yield the inquiries about what an item is about that wait for an answer, by id."""
        streams = {inquiry for ref in item.refs for inquiry in self.about.get(ref, ())}
        for stream in sorted(streams):
            if self.inquiries[stream].waits:
                yield subject_of(stream).ids[-1]


class MeetingUnprepared(ByDossier[Preparation]):
    """DOMAIN G2: the time to prepare an item is over, and its lead has not confirmed that he is.

    Nor is an item prepared while an inquiry about one of its subjects waits for an answer. An item
    without a time of its own must be prepared when the meeting starts. One finding a meeting, told
    again when other items are concerned. It clears when all are prepared, and when the meeting is
    held or cancelled. Somebody is prepared or not, so there is no margin to restore.
    """

    name = NAME
    code = "G2"
    title = "Somebody should be prepared for a meeting by now, and is not."
    category = "meeting"

    def initial(self) -> Preparation:
        """Return a project without meetings."""
        return Preparation(unknown=Dossier())

    def concerned(
        self, state: Preparation, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the meeting of an event, or those an inquiry may matter to, itself taken in."""
        if subject_of(recorded.stream).category == "inquiry":
            return state.asked(recorded)
        if isinstance(recorded.event, AgendaItemAdded):
            for ref in recorded.event.refs:
                state.agendas.setdefault(ref, set()).add(recorded.stream)
        return super().concerned(state, recorded, project)

    def judge(
        self, state: Preparation, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with when the items that are not prepared should be."""
        meeting, now = state.dossiers[key], project.now
        because = f"All are prepared for {named(meeting, key)}, or it is over"
        if meeting.stage is not Stage.PLANNED:
            return Judgement(because=because)
        lacking, later = [], []
        for item, reasons in _lacking(state, meeting):
            by = item.prep_due or meeting.start
            assert by is not None  # It is planned.
            if now is not None and now > by:
                lacking.append(f"“{item.topic}” ({', '.join(reasons)})")
            else:
                later.append(by + JUST_AFTER)
        again = min(later, default=None)
        if not lacking:
            return Judgement(because=because, again=again)
        summary = f"{named(meeting, key)} is not prepared: {'; '.join(lacking)}"
        remedies = ("Ask the leads of these items", "Answer what was asked")
        found = self.found(state, recorded, key, "medium", summary, remedies)
        return Judgement(found, again=again)


def _lacking(state: Preparation, meeting: Dossier) -> Iterator[tuple[AgendaItemAdded, list[str]]]:
    """Yield the items that are not prepared, each with the reasons."""
    unprepared = {item.item_id for item in meeting.unprepared}
    for item in meeting.steps.items.values():
        reasons = [f"{item.lead} has not confirmed"] if item.item_id in unprepared else []
        reasons += [f"inquiry {each} is not answered" for each in state.unanswered(item)]
        if reasons:
            yield item, reasons

"""Answer with the status report of a project: every question it rests on, as of one position."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from consumers.canonical_json import digest_of_document
from consumers.conflicts import conflicts
from consumers.contracts import CONTRACTS
from consumers.costing import COST
from consumers.day_sheets import DAY_SHEET
from consumers.explaining import WHY
from consumers.failures import WrongInput
from consumers.forecasting import FORECAST
from consumers.inquiries import INQUIRIES
from consumers.meetings import MEETINGS
from consumers.notices import NOTICES
from consumers.one_moment import OneMoment
from consumers.planning_material import MATERIAL
from consumers.question import Asked, Parameter, Question
from consumers.reporting import REPORTS
from consumers.special_requests import REQUESTS
from consumers.vendors import VENDORS
from consumers.views import Views
from domain.kernel.corrections import is_correction
from domain.kernel.messages import VENDOR, Principal, Recorded
from domain.kernel.refusals import DomainError
from domain.kernel.values import rfc3339
from domain.publications.events import StatusReportIssued
from projections.reports.status_report import AUDIENCES, Audience, status_report
from projections.reports.weeks import LOOK_AHEAD_WEEKS

LATE_ENTRY: Final = timedelta(days=1)
"""A fact recorded so long after it was true counts as entered late."""
BEGIN: Final = "begin"

_OF_THE_HOUSE: Final = (
    FORECAST, REPORTS, COST, VENDORS, CONTRACTS, REQUESTS, MATERIAL, MEETINGS, INQUIRIES, NOTICES,
)  # fmt: skip
_OUTSIDE: Final[Mapping[str, tuple[Question, ...]]] = {
    "customer": (REQUESTS, INQUIRIES),
    "vendor": (VENDORS,),
}
"""By audience what their reports are made of: what is not asked cannot slip in either."""


def report(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the report for an audience, with the digest of its canonical form.

    The same position, beginning and audience give the same bytes, however long after. It begins
    with the position of the report that was issued to the audience last, as known at the position.
    Raises WrongInput and UnknownSubject.
    """
    audience = _audience(asked.get("for", AUDIENCES[0]))
    position = views.position_or_head(asked.get("as_of"))
    at = {"as_of": str(position)}
    sources: dict[str, Any] = {
        "schedule": views.schedule(project_id, str(position)),
        "status": views.status(project_id, str(position)),
    }
    absences: dict[str, str] = {}
    one = OneMoment(views, project_id, position)
    previous = _previous(one, project_id, position, audience)
    begin = BEGIN if previous is None else str(previous.event.at_position)
    since = asked.get("since", begin)
    for question, given in (
        *((each, at) for each in _OUTSIDE.get(audience.kind, _OF_THE_HOUSE)),
        (WHY, {"from": since, "to": str(position)}),
        *_of_department(audience, at),
    ):
        try:
            # What is needed is asked of the network without material: it folds one of its own.
            known = views if question is MATERIAL else one
            sources[question.name] = question.answer(known, project_id, given)
        except (WrongInput, DomainError) as lacking:
            if question is WHY and "since" in asked and since != BEGIN:
                raise  # The moment to compare with was named by whoever asks.
            absences[question.name] = str(lacking)
    first = sources["why"]["from"] if "why" in sources else 0
    sources["conflicts"] = conflicts(one, project_id, {**at, "since": str(first)})
    _must_be_there(audience, sources)
    about = {**_about(one, project_id, position, sources), "previous": _told(previous)}
    document = status_report(sources, absences, about, audience)
    return {**document, "digest": digest_of_document(document)}


def _previous(
    views: Views, project_id: str, position: int, audience: Audience
) -> Recorded[StatusReportIssued] | None:
    """Return the report that was issued to the audience last, as known at a position."""
    return next(
        (
            recorded
            for recorded in reversed(views.publications(project_id, position))
            if isinstance(recorded.event, StatusReportIssued)
            and recorded.event.audience == str(audience)
        ),
        None,
    )


def _told(previous: Recorded[StatusReportIssued] | None) -> dict[str, Any] | None:
    if previous is None:
        return None
    return {
        "position": previous.event.at_position,
        "issued_at": rfc3339(previous.recorded_at),
        "digest": previous.event.digest,
    }


def _audience(text: str) -> Audience:
    name, colon, party = text.partition(":")
    kind = next((each for each in AUDIENCES if each == name), None)
    named = kind in {"department", "vendor"}
    if kind is None or named != bool(party) or (colon and not party):
        known = "coordinator, management, customer, department:NAME or vendor:NAME"
        msg = f"for is one of {known}, not {text!r}"
        raise WrongInput(msg)
    return Audience(kind, party or None)


def _of_department(audience: Audience, at: Asked) -> list[tuple[Question, Asked]]:
    if audience.kind != "department" or audience.party is None:
        return []
    return [(DAY_SHEET, {**at, "department": audience.party})]


def _must_be_there(audience: Audience, sources: Mapping[str, Any]) -> None:
    """Refuse a report for somebody who has no part in the project: it would say nothing."""
    if audience.kind == "department":
        known = {each["department"] for each in sources["status"]["departments"]}
    elif audience.kind == "vendor":
        known = {each["vendor"] for each in sources["vendors"]["lines"]}
    else:
        return
    if audience.party not in known:
        msg = (
            f"{sources['status']['project']} has no {audience.kind} {audience.party}; "
            f"it has {', '.join(sorted(known)) or 'none'}"
        )
        raise WrongInput(msg)


def _about(
    views: Views, project_id: str, position: int, sources: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what no question answers: moments, and counts over the events of the window."""
    since = sources["conflicts"]["since"]
    quality = Counter({"Corrected or voided": 0, "Entered a day late or more": 0})
    last: Recorded[Any] | None = None
    for recorded in views.history(project_id, 0, position):
        last = recorded
        if recorded.position > since:
            quality["Corrected or voided"] += is_correction(recorded)
            quality["Entered a day late or more"] += _is_late(recorded)
    assert last is not None, "a project that is opened has an event"
    status = sources["status"]
    today = _today(status["data_date"] or last.recorded_at.isoformat())
    return {
        "project": project_id,
        "name": status["name"],
        "position": position,
        "as_of": last.recorded_at.isoformat(),
        "since": since,
        "today": today.isoformat(),
        "weeks_end": [(today + timedelta(weeks=each)).isoformat() for each in LOOK_AHEAD_WEEKS],
        "data_quality": dict(quality),
    }


def _is_late(recorded: Recorded[Any]) -> bool:
    envelope = recorded.envelope
    return envelope.intake == "fact" and envelope.recorded_at - envelope.effective_at >= LATE_ENTRY


def _today(moment: str) -> date:
    return datetime.fromisoformat(moment).date()


def _may_read(principal: Principal, asked: Asked) -> bool:
    """Let a customer and a vendor read the report that is theirs, and nobody else's."""
    if principal.is_inside:
        return True
    own = f"vendor:{principal.party_id}" if principal.role == VENDOR else "customer"
    return asked.get("for") == own and principal.disclosure == "customer"


STATUS_REPORT: Final = Question(
    "report",
    "Write the status report for an audience, as of one position.",
    report,
    (
        Parameter("for", "coordinator, management, customer, department:NAME or vendor:NAME."),
        Parameter("since", "Position or time to compare with; the last report issued, or begin."),
        Parameter("as_of", "Position or time by knowledge; the head of the log."),
    ),
    may_ask=_may_read,
)

"""Answer what a department has to do on a day, and who waits for whom."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question, whole_number
from consumers.views import Views
from domain.departments.terms import Leadership, leadership_of
from domain.kernel.ids import ID_PATTERN, stream_of
from domain.kernel.refusals import UnknownSubject
from domain.kernel.values import CalendarDate
from projections.day_sheet import Wanted, day_of, day_sheet_document, departments_of

AHEAD_DAYS: Final = 14
AHEAD_DAYS_MAX: Final = 366

_DAY: Final[TypeAdapter[date]] = TypeAdapter(CalendarDate)


def day_sheet(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return a department's day sheet as a document.

    Raises WrongInput for parameters that mean nothing, UnknownSubject for no such project and for
    a department that none of its phases belongs to.
    """
    department = asked.get("department")
    if department is None:
        msg = "say of which department"
        raise WrongInput(msg)
    ahead_days = whole_number(asked, "ahead_days", AHEAD_DAYS, 0, AHEAD_DAYS_MAX)
    given = _day(asked.get("day"))
    position = views.position_or_head(asked.get("as_of"))
    project = views.network(project_id, position)
    known = departments_of(project)
    if department not in known:
        told = f"its phases belong to {', '.join(known)}" if known else "it has no phases yet"
        msg = f"project {project_id} has no department {department}: {told}"
        raise UnknownSubject(msg)
    day = given or day_of(project)
    if day is None:
        msg = f"project {project_id} has no start yet: say of which day"
        raise WrongInput(msg)
    wanted = Wanted(department, day, ahead_days, leaderships(views, known, position))
    return day_sheet_document(project, position, wanted)


def leaderships(
    views: Views, departments: Iterable[str], position: int
) -> Mapping[str, Leadership]:
    """Return who leads each department as of a position; their streams name no project."""
    return {
        each: leadership_of(
            recorded
            for recorded in views.feed.read_stream(stream_of("department", each))
            if recorded.position <= position
        )
        for each in departments
        if re.fullmatch(ID_PATTERN, each)
    }


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return _DAY.validate_python(text)
    except ValidationError as wrong:
        msg = f"day {text[:20]!r}: write it as YYYY-MM-DD"
        raise WrongInput(msg) from wrong


DAY_SHEET: Final = Question(
    "daysheet",
    "Tell a department what to start and finish on a day, what it awaits and what others await.",
    day_sheet,
    (
        Parameter("department", "The department, as its phases name it."),
        Parameter("day", "The day, YYYY-MM-DD; that of the data date when left out."),
        Parameter("ahead_days", f"Days that hand-offs are looked ahead; {AHEAD_DAYS}.", "integer"),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)

"""List what of a project can be had as a file: an answer, in the kinds that show it best."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from consumers.costing import COST
from consumers.failures import WrongInput
from consumers.file_forms import COST as COST_FORMS
from consumers.file_forms import INVITATIONS, LETTERS, PLAN, SCHEDULE, TOLD_AGAIN, Forms
from consumers.meetings import MEETINGS, Unwritten, minutes
from consumers.notices import NOTICES
from consumers.on_branch import asked_of, schedule_of, whole
from consumers.plan_export import exported_plan
from consumers.question import BRANCH, Asked, Parameter, Question, of_the_house
from consumers.status_reporting import STATUS_REPORT
from consumers.views import Views
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject
from projections.reports.letters import notice_letter

MEDIA_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}

MayAsk: TypeAlias = Callable[[Principal, Asked], bool]


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What of a project can be had as a file, by a name without its ending.

    `answer` may block, and returns what the forms make bytes of. It raises WrongInput for
    parameters that mean nothing, UnknownSubject for what is not there.
    """

    name: str
    summary: str
    answer: Callable[[Views, str, Asked], Mapping[str, Any]]
    parameters: tuple[Parameter, ...]
    forms: Forms
    may_ask: MayAsk = of_the_house


_AS_OF: Final = Parameter("as_of", "Position or time by knowledge; the head of the log.")
_TRUE_AT: Final = Parameter("true_at", "A time (RFC 3339): what was true then.")
# Chromium at every request is more than a server should be asked for: browsers print .html.
_LETTERS: Final[Forms] = {kind: form for kind, form in LETTERS.items() if kind != ".pdf"}


def _schedule(views: Views, project_id: str, asked: Asked) -> Mapping[str, Any]:
    branch, as_of, true_at = (asked.get(name) for name in ("branch", "as_of", "true_at"))
    return schedule_of(views, project_id, branch, as_of, true_at)


def _plan(views: Views, project_id: str, asked: Asked) -> Mapping[str, Any]:
    branch, as_of, true_at = (asked.get(name) for name in ("branch", "as_of", "true_at"))
    return exported_plan(views, project_id, branch, as_of, true_at)


def _minutes(views: Views, project_id: str, asked: Asked) -> Mapping[str, Any]:
    try:
        return minutes(MEETINGS.answer(views, project_id, _naming(asked, "meeting")))
    except Unwritten as unwritten:
        raise UnknownSubject(str(unwritten)) from unwritten


def _notice(views: Views, project_id: str, asked: Asked) -> Mapping[str, Any]:
    document = NOTICES.answer(views, project_id, _naming(asked, "notice"))
    (row,) = document["notices"]
    return notice_letter(document, row)


def _naming(asked: Asked, what: str) -> Asked:
    if what not in asked:
        msg = f"say which {what} by {what}=ID"
        raise WrongInput(msg)
    return asked


def _answered(question: Question) -> Callable[[Views, str, Asked], Mapping[str, Any]]:
    """Return what answers a question, of the project or of the branch that is named."""

    def answer(views: Views, project_id: str, asked: Asked) -> Mapping[str, Any]:
        branch_id = asked.get(BRANCH.name)
        whole(branch_id, asked.get("as_of"))
        told = {name: each for name, each in asked.items() if name != BRANCH.name}
        return asked_of(
            views, project_id, branch_id, lambda on: question.answer(on, project_id, told)
        )

    return answer


FILES: Final = (
    FileAnswer(
        "schedule",
        "The schedule: a grid of the phases, or the milestones as a calendar.",
        _schedule,
        (_AS_OF, _TRUE_AT, BRANCH),
        SCHEDULE,
    ),
    FileAnswer(
        "plan",
        "The plan for other programs: Microsoft Project's XML, or takt.plan/1.",
        _plan,
        (_AS_OF, _TRUE_AT, BRANCH),
        PLAN,
    ),
    FileAnswer(
        "report",
        "The status report for an audience.",
        _answered(STATUS_REPORT),
        STATUS_REPORT.taken,
        {**_LETTERS, **TOLD_AGAIN},
        STATUS_REPORT.may_ask,
    ),
    FileAnswer(
        "cost",
        "Cost by phase, planned beside actual.",
        _answered(COST),
        COST.taken,
        COST_FORMS,
    ),
    FileAnswer(
        "meetings",
        "The meetings that are planned, or one, as invitations.",
        _answered(MEETINGS),
        MEETINGS.taken,
        INVITATIONS,
    ),
    FileAnswer(
        "minutes",
        "The minutes of the meeting that is named.",
        _minutes,
        MEETINGS.parameters,
        _LETTERS,
    ),
    FileAnswer(
        "notice",
        "The notice that is named, as a letter to those it is for.",
        _notice,
        tuple(each for each in NOTICES.parameters if each.name in {"notice", "as_of"}),
        _LETTERS,
    ),
)


def file_name(project_id: str, name: str, kind: str) -> str:
    """Return the name a file is saved under, on whatever machine: ids may have a colon."""
    return f"{project_id.replace(':', '-')}-{name}{kind}"

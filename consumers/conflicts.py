"""Answer which conflicts a project has, how far each is, and which to look at first."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.conflicts.facts import RANK
from domain.kernel.refusals import UnknownSubject
from projections.conflict_board import Board, conflicts_document

BEGIN: Final = "begin"
OVER: Final = frozenset({"resolved", "cleared"})
"""The columns of conflicts that are counted, and not shown one by one."""


def conflicts(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the board of a project's conflicts, with what became of them since a moment.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    since = asked.get("since", BEGIN)
    first = 0 if since == BEGIN else views.position_of(since) or 0
    if first > position:
        msg = f"since (position {first}) comes after as_of (position {position}): turn them round"
        raise WrongInput(msg)
    network = views.network(project_id, position)
    board = Board(first)
    for recorded in views.history(project_id, 0, position):
        board.fold(recorded)
    now = views.now(network, position)
    return conflicts_document(
        network, board, position, now, lambda at: views.feed.read(at - 1, 1)[0]
    )


def conflicts_of_all(
    views: Views, projects: Iterable[str], as_of: str | None = None
) -> dict[str, Any]:
    """Return the conflicts of several projects that are not over, the greatest loss first.

    The expected loss of each has the weight of its project in it. Projects that are not there yet
    at the moment are left out. Raises WrongInput.
    """
    position = views.position_or_head(as_of)
    rows, looked_at = [], 0
    for project_id in projects:
        try:
            board = conflicts(views, project_id, {"as_of": str(position)})
        except UnknownSubject:
            continue
        looked_at += 1
        about = {"project": project_id, "name": board["name"], "currency": board["currency"]}
        rows += [{**about, **row} for row in board["conflicts"] if row["column"] not in OVER]
    rows.sort(key=_most_first)
    return {"position": position, "projects": looked_at, "conflicts": rows}


def _most_first(row: Mapping[str, Any]) -> tuple[Decimal, int, str, str]:
    grave = RANK[row["severity"]]
    return -Decimal(row["expected_loss"]), -grave, row["project"], row["conflict"]


CONFLICTS: Final = Question(
    "conflicts",
    "Show the board of conflicts by state, ranked by expected loss.",
    conflicts,
    (
        Parameter("since", "Position or time since which the totals count; begin if left out."),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)

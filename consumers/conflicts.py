"""Answer which conflicts a project has, how far each is, and which to look at first."""

from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from projections.conflict_board import Board, conflicts_document

BEGIN: Final = "begin"


def conflicts(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the board of a project's conflicts, with what became of them since a moment.

    Raises WrongInput and UnknownSubject.
    """
    found = views.position_of(asked.get("as_of"))
    position = views.feed.head() if found is None else found
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


CONFLICTS: Final = Question(
    "conflicts",
    "Show the board of conflicts by state, ranked by expected loss.",
    conflicts,
    (
        Parameter("since", "Position or time since which the totals count; begin if left out."),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)

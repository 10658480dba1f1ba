"""Answer what the parties of a project were told, and which of them has not acknowledged it."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question, yes_or_no
from consumers.views import Views
from domain.kernel.refusals import UnknownSubject
from domain.notices.facts import Dossier, dossier_of
from projections.notice_register import notices_document


def notices(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return how many notices each party got on which day, and who has not acknowledged.

    Each notice as well, with what changed and how far it came, where details are asked for, or
    only those of a party, or one. Raises WrongInput, and UnknownSubject for a project, a party or
    a notice there is not.
    """
    details = yes_or_no(asked, "details")
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "notice", position)
    dossiers = {each: dossier_of(history) for each, history in histories.items()}
    only = asked.get("notice")
    if only is not None:
        if only not in dossiers or dossiers[only].prepared is None:
            msg = f"{project_id} has no notice {only}"
            raise UnknownSubject(msg)
        dossiers = {only: dossiers[only]}
    party = asked.get("party")
    if party is not None:
        dossiers = {each: known for each, known in dossiers.items() if _is_for(known, party)}
        if not dossiers:
            msg = f"{project_id} has no notice for {party}"
            raise UnknownSubject(msg)
    details = details or only is not None or party is not None
    now = views.now(network, position)
    return notices_document(network, dossiers, position, now, details=details)


def _is_for(known: Dossier, party: str) -> bool:
    return known.prepared is not None and party in known.prepared.event.recipients


NOTICES: Final = Question(
    "notices",
    "Count the notices by party and day, say who has not acknowledged; each in detail if asked.",
    notices,
    (
        Parameter("details", "Each notice: what changed for whom and why, sent or not.", "boolean"),
        Parameter("party", "Only those for this party, in detail."),
        Parameter("notice", "Only this one, in detail."),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)

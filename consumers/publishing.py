"""Compute what is published of a project, by its digest: one way for who asks and who checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from consumers.branching import Branches
from consumers.canonical_json import digest_of_document
from consumers.dispatch import Dispatcher
from consumers.failures import WrongInput
from consumers.handing_over import handover
from consumers.status_reporting import report
from consumers.views import Views
from domain.kernel.refusals import DomainError, InvalidTransition, Malformed
from domain.log.port import EventLog, EventReader
from domain.network.project_network import ProjectNetwork
from domain.publications.decisions import Computed
from projections.checkpoints_contract import KeptStates
from projections.contract import Projection
from projections.open_points import VERSION as PACK_VERSION
from projections.reports.status_report import VERSION as REPORT_VERSION
from projections.schedule import ScheduleProjection

SCHEDULE_VERSION: Final = ScheduleProjection.version


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What is published, computed from the log as of a position; see `Recomputing`."""

    views: Views
    _last: dict[str, tuple[tuple[str, int, str], dict[str, Any]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The status report computed last: whoever reads one and issues it has it computed once."""

    def schedule(self, project_id: str, position: int) -> Computed | DomainError:
        """Return a project's schedule by the digest of its document, or why there is none."""
        try:
            network = self.views.network(project_id, position)
            document = self.views.schedule(project_id, str(position))
        except DomainError as lacking:
            return lacking
        if document["problem"] is not None:
            text = document["problem"]["text"]
            return InvalidTransition(f"{project_id} has no schedule at {position}: {text}")
        return Computed(digest_of_document(document), SCHEDULE_VERSION, policy_of(network))

    def report(self, project_id: str, position: int, audience: str) -> Computed | DomainError:
        """Return the status report for an audience by its digest, or why there is none."""
        try:
            document = self.status_report(project_id, position, audience)
        except WrongInput as wrong:
            return Malformed(str(wrong), "/audience")
        except DomainError as lacking:
            return lacking
        previous = document["previous"]
        since = None if previous is None else previous["position"]
        return Computed(document["digest"], REPORT_VERSION, previous=since)

    def status_report(self, project_id: str, position: int, audience: str) -> dict[str, Any]:
        """Return the status report that may be issued; not to be changed.

        Raises WrongInput and UnknownSubject.
        """
        wanted = (project_id, position, audience)
        known, document = self._last.get("report", (None, {}))
        if known != wanted:
            document = report(self.views, project_id, {"for": audience, "as_of": str(position)})
            self._last["report"] = (wanted, document)
        return document

    def pack(self, project_id: str, position: int, role: str, party: str) -> Computed | DomainError:
        """Return what is open for a role and a party by its digest, or why nobody can say."""
        asked = {"as_of": str(position), "role": role, "party": party}
        try:
            document = handover(self.views, project_id, asked)
        except DomainError as lacking:
            return lacking
        return Computed(document["digest"], PACK_VERSION)


def recomputed(
    event_log: EventLog,
    projections: Mapping[str, Projection[Any]],
    checkpoints: KeptStates | None = None,
    feed: EventReader | None = None,
) -> Recomputed:
    """Return what computes from a log; it reads positions alone, and no row that is stored.

    `feed` reads the log in its place, where one keeps what was read.
    """
    branches = Branches(event_log, Dispatcher(event_log))
    return Recomputed(Views(feed or event_log, projections, {}, branches, checkpoints))


def policy_of(network: ProjectNetwork) -> Mapping[str, str | int | bool]:
    """Return how a project's schedule is computed, by the names of `SchedulingPolicySet`."""
    policy = network.policy
    chosen: dict[str, str | int | bool] = {
        "critical": policy.critical,
        "critical_float_max_min": policy.critical_float_min,
        "dialect": policy.dialect,
        "float_calc": policy.float_calc,
        "material_drives": network.material_drives,
        "open_ends_critical": policy.open_ends_critical,
        "out_of_sequence": policy.out_of_sequence,
    }
    if policy.lag_calendar is not None:
        chosen["lag_calendar"] = policy.lag_calendar
    return chosen

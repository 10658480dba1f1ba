"""List what is open in a project, each point with whose it is, since when and until when."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD
from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.lateness import Lateness
from projections.moments import Moments
from projections.openings import Openings

Documents: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The answers to the project's questions as of one position, by the name of the question."""

VERSION: Final = 2
"""How points are made; whatever changes their digest changes it."""

AWAITED: Final = frozenset({"awaited", "due", "overdue", "missed", "returned"})
ACCEPTED: Final = frozenset({"accepted", "accepted_with_conditions"})
UNDECIDED: Final[Mapping[str, str]] = {
    "identified": "to be assessed",
    "classified": "to be assessed",
    "assessed": "to be decided on",
    "quoted": "waits for the customer's approval",
    "approved": "to be applied",
}
"""What a special request waits for, by its stage."""


@dataclass(frozen=True, slots=True)
class Known:
    """What open points are made of: the answers, where things began, and what time it is."""

    network: ProjectNetwork
    documents: Documents
    openings: Openings
    now: datetime | None

    @property
    def moments(self) -> Moments:
        """Writes instants in the project's zone."""
        return Moments(self.network.zone)


@dataclass(frozen=True, slots=True)
class Whose:
    """For whom open points are asked: a role, a party, both or neither (then for everybody).

    `leads` are the departments that the party leads or may act for on the day.
    """

    role: str | None = None
    party: str | None = None
    leads: frozenset[str] = frozenset()
    coordinates: bool = False
    """Whether the party is the project's coordinator."""

    def has(self, point: Row) -> bool:
        """Tell whether a point is theirs.

        A point that names a party is that party's, whatever its role. Any other is of the heads of
        the department that it names, else of whoever has its role.
        """
        if self.party is None:
            return self.role is None or point["role"] == self.role
        if point["party"] is not None:
            return bool(point["party"] == self.party)
        if point["department"] is not None:
            return self.role in {None, point["role"]} and point["department"] in self.leads
        role = self.role or (COORDINATOR if self.coordinates else None)
        return bool(point["role"] == role)


def open_points(known: Known, whose: Whose) -> list[Row]:
    """Return the points that are theirs, the first due first, then the oldest."""
    rows = [row for told in _KINDS for row in told(known) if whose.has(row)]
    return sorted(rows, key=_urgency)


def _urgency(row: Row) -> tuple[bool, str, int, str]:
    return row["due"] is None, row["due"] or "", row["position"] or 0, row["ref"]


def _point(  # noqa: PLR0913  A point has this many sides.
    known: Known,
    kind: str,
    ids: Sequence[str],
    what: str,
    *,
    role: str = COORDINATOR,
    party: str | None = None,
    department: str | None = None,
    due: str | None = None,
    since: str | None = None,
    position: int | None = None,
    overdue: bool = False,
    began: Sequence[str] | None = None,
) -> Row:
    """Return one point; where it began is looked up, unless it is said."""
    opening = known.openings.of(*(began or (kind, *ids)))
    if opening is not None:
        since = since or known.moments.of(opening.at)
        position = position or opening.position
    age = None
    if since is not None and known.now is not None:
        age = max(0, (known.now - datetime.fromisoformat(since)).days)
    return {
        "kind": kind,
        "ref": "/".join(ids),
        "what": what,
        "role": role,
        "party": party,
        "department": department,
        "since": since,
        "age_days": age,
        "due": due,
        "overdue": overdue,
        "position": position,
    }


def _conflicts(known: Known) -> Iterator[Row]:
    for row in known.openings.conflicts.rows(known.openings.event_count, known.moments):
        due = row["due"]
        owed = "" if row["owner"] else ", nobody's yet"
        yield _point(
            known, "conflict", [row["id"]], f"{row['summary']} ({row['severity']}{owed})",
            party=row["owner"], due=due, since=row["opened_at"], position=row["position"],
            overdue=_is_past(known, due),
        )  # fmt: skip


def _meetings(known: Known) -> Iterator[Row]:
    for row in known.documents["meetings"]["meetings"]:
        meeting = row["meeting"]
        if row["stage"] == "anticipated":
            yield _point(known, "meeting", [meeting], f"a meeting is needed: {row['why']}")
        missing = [*row["missing_departments"], *row["missing_roles"]]
        if missing:
            yield _point(
                known, "meeting", [meeting],
                f"{row['purpose']}: missing {', '.join(missing)}", due=row["start"],
            )  # fmt: skip
        for item in row["agenda"]:
            if item["unprepared"]:
                yield _point(
                    known, "preparation", [meeting, item["item"]],
                    f"to be prepared: {item['topic']}", party=item["lead"], due=item["prep_due"],
                    overdue=item["overdue"],
                )  # fmt: skip
        for action in row["actions"]:
            if not action["done"]:
                yield _point(
                    known, "action", [meeting, action["action"]], action["text"],
                    party=action["owner"], due=action["due"], overdue=action["overdue"],
                )  # fmt: skip


def _inquiries(known: Known) -> Iterator[Row]:
    for row in known.documents["inquiries"]["inquiries"]:
        if row["stage"] in {"open", "drafted", "approved"}:
            yield _point(
                known, "inquiry", [row["inquiry"]], f"{row['from']} asks: {row['text']}",
                role=COORDINATOR if row["department"] is None else DEPARTMENT_HEAD,
                party=row["owner"], department=row["department"], due=row["due"],
                overdue=row["overdue"],
            )  # fmt: skip


def _reports(known: Known) -> Iterator[Row]:
    for row in known.documents["reports"]["departments"]:
        department = row["department"]
        for report in row["reports"]:
            state, ids = report["state"], [department, report["period"]]
            due = None if report["due"] is None else datetime.fromisoformat(report["due"])
            if state in AWAITED:
                overdue = state in {"overdue", "missed"}
                yield _point(
                    known, "report", ids, f"report for {report['period']}: {state}",
                    role=DEPARTMENT_HEAD, department=department,
                    due=known.moments.of_optional(due), overdue=overdue,
                )  # fmt: skip
            elif state == "submitted":
                yield _point(
                    known, "report", ids,
                    f"report of {department} for {report['period']}: to be accepted",
                )  # fmt: skip


def _requests(known: Known) -> Iterator[Row]:
    for row in known.documents["requests"]["requests"]:
        waits = UNDECIDED.get(row["stage"])
        if waits is None:
            continue
        stale = ", assessment stale" if (row["impact"] or {}).get("stale") else ""
        what = f"{row['from']} wants: {row['verbatim']} ({waits}{stale})"
        yield _point(known, "request", [row["request"]], what)


def _contracts(known: Known) -> Iterator[Row]:
    for row in known.documents["contracts"]["contracts"]:
        contract, review = row["contract"], row["review"]
        if review["state"] == "assigned":
            for reviewer in review["reviewers"]:
                yield _point(
                    known, "review", [contract, reviewer],
                    f"version {review['version']} of the contract with {row['party']} to review",
                    party=reviewer, due=review["due"], overdue=bool(review["overdue_days"]),
                    began=("review", contract),
                )  # fmt: skip
        elif review["state"] not in ACCEPTED:
            yield _point(
                known, "review", [contract],
                f"version {row['version']} of the contract with {row['party']} needs a review"
                f" ({review['state']})",
            )  # fmt: skip
        for finding in row["findings"]:
            if finding["settled"] is None:
                yield _point(
                    known, "finding", [contract, finding["finding"]],
                    f"clause {finding['clause']}: {finding['text']}",
                )  # fmt: skip
        for clause in row["obligations"]:
            if clause["overdue_days"]:
                yield _point(
                    known, "obligation", [contract, clause["clause"]],
                    f"clause {clause['clause']} not met: {clause['text']}", due=clause["due"],
                    overdue=True,
                )  # fmt: skip


def _commitments(known: Known) -> Iterator[Row]:
    for row in known.documents["vendors"]["lines"]:
        commitment, named = row["commitment"], f"{row['vendor']}: {row['ordered']} {row['item']}"
        if row["awaits_answer"]:
            yield _point(
                known, "commitment", [commitment], f"{named} not acknowledged", due=row["need"],
                overdue=bool(row["overdue_need_days"]), began=("answer", commitment),
            )  # fmt: skip
        elif row["overdue_promise_days"] or row["overdue_need_days"]:
            due = row["promised"] or row["need"]
            yield _point(
                known, "commitment", [commitment], f"{named} has not come", due=due, overdue=True,
                began=("delivery", commitment),
            )  # fmt: skip


def _notices(known: Known) -> Iterator[Row]:
    for row in known.documents["notices"]["notices"]:
        if row["stage"] == "acknowledged":
            continue
        waits = "to be sent" if row["stage"] == "prepared" else f"{row['stage']}, not acknowledged"
        what = f"{', '.join(row['recipients'])}: {row['summary']} ({waits})"
        yield _point(known, "notice", [row["notice"]], what)


def _proposals(known: Known) -> Iterator[Row]:
    for phase_id, event in sorted(known.openings.proposals.items()):
        name, new = known.network.name_of(phase_id), known.moments.of(event.new)
        what = f"{event.proposed_by} proposes to complete “{name}” by {new}: to be decided"
        yield _point(known, "proposal", [phase_id], what)


def _disputes(known: Known) -> Iterator[Row]:
    for target, event in sorted(known.openings.disputes.items()):
        what = f"{event.by} disputes the reason of {target}: {event.why}; to be settled"
        yield _point(known, "dispute", [target], what)


def _late_starts(known: Known) -> Iterator[Row]:
    network = known.network
    schedule = network.schedule()
    if schedule is None:
        return
    moments = [moment for moment in (known.now, network.data_date) if moment is not None]
    lateness = Lateness(max(moments, default=None))
    for line in network.working_lines():
        dates = schedule.phases[line.id]
        if line.known.has_started or not lateness.starts_late(dates):
            continue
        planned = known.moments.at(dates.start)
        yield _point(
            known, "start", [line.id], f"“{line.name}” should have started",
            role=DEPARTMENT_HEAD, department=line.department, due=planned, since=planned,
            overdue=True,
        )  # fmt: skip


def _is_past(known: Known, due: str | None) -> bool:
    return due is not None and known.now is not None and datetime.fromisoformat(due) < known.now


_KINDS: Final[tuple[Callable[[Known], Iterator[Row]], ...]] = (
    _conflicts,
    _meetings,
    _inquiries,
    _reports,
    _requests,
    _contracts,
    _commitments,
    _notices,
    _proposals,
    _disputes,
    _late_starts,
)

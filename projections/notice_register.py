"""Write a project's notices as a document: what changed for whom, and how far each came."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.kernel.ids import subject_of
from domain.network.project_network import ProjectNetwork
from domain.notices.facts import Dossier, Stage
from projections.contract import Row
from projections.moments import Moments
from projections.registers import counts, head_of


def notices_document(
    network: ProjectNetwork,
    dossiers: Mapping[str, Dossier],
    position: int,
    now: datetime | None,
    *,
    details: bool,
) -> dict[str, Any]:
    """Return how many notices there were for each party and on each day, and who still owes one.

    With `details` each notice as well, in the order of the log. `now` is None where no time has
    passed yet.
    """
    moments = Moments(network.zone)
    prepared = {each: known for each, known in dossiers.items() if known.prepared is not None}
    rows = [_notice(each, known, network, moments, now) for each, known in prepared.items()]
    rows.sort(key=lambda row: row["position"])
    by_party, by_day = _by(rows, lambda row: row["recipients"]), _by(rows, _days)
    return {
        **head_of(network, position, now),
        "stages": counts(rows, Stage),
        "by_party": [_of_party(party, some) for party, some in by_party.items()],
        "by_day": [_of_day(day, some) for day, some in by_day.items()],
        **({"notices": rows} if details else {}),
    }


def _by(rows: Sequence[Row], keys: Callable[[Row], Sequence[str]]) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        for key in keys(row):
            found.setdefault(key, []).append(row)
    return dict(sorted(found.items()))


def _days(row: Row) -> Sequence[str]:
    return (row["prepared_at"][:10],)


def _of_party(party: str, rows: Sequence[Row]) -> Row:
    waiting = [row for row in rows if not _is_read(row)]
    return {
        "party": party,
        "count": len(rows),
        "not_acknowledged": len(waiting),
        "waiting_since": min((row["prepared_at"] for row in waiting), default=None),
        "waiting_days": max((row["waiting_days"] or 0 for row in waiting), default=None),
        "last": {name: rows[-1][name] for name in ("prepared_at", "stage", "kind", "summary")},
    }


def _of_day(day: str, rows: Sequence[Row]) -> Row:
    return {
        "day": day,
        "count": len(rows),
        "not_acknowledged": sum(not _is_read(row) for row in rows),
        "parties": len({party for row in rows for party in row["recipients"]}),
    }


def _is_read(row: Row) -> bool:
    return bool(row["stage"] == Stage.ACKNOWLEDGED.value)


def _notice(
    notice_id: str,
    known: Dossier,
    network: ProjectNetwork,
    moments: Moments,
    now: datetime | None,
) -> Row:
    recorded, sent, read = known.prepared, known.sent, known.acknowledged
    assert recorded is not None  # Only what was prepared is shown.
    told = recorded.event
    age = None if now is None else max(0, (now - recorded.effective_at).days)
    return {
        "notice": notice_id,
        "position": recorded.position,
        "stage": known.stage.value,
        "kind": told.kind,
        "stake": told.stake,
        "recipients": list(told.recipients),
        "summary": told.summary,
        "causes": list(told.cause_events),
        "changes": [
            {**each.model_dump(mode="json"), "name": _name(each.subject, network)}
            for each in told.changes
        ],
        "changes_count": told.changes_count,
        "content_hash": told.content_hash,
        "prepared_at": moments.of(recorded.effective_at),
        "sent_at": None if sent is None else moments.of(sent.effective_at),
        "channel": None if sent is None else sent.event.channel,
        "acknowledged_by": None if read is None else read.event.by,
        "acknowledged_at": None if read is None else moments.of(read.event.at),
        "waiting_days": age if read is None else None,
        "messages": [each.inbound_ref for each in known.linked],
    }


def _name(stream: str, network: ProjectNetwork) -> str:
    """Return what a subject is called: a phase by its name, all else by its id."""
    subject = subject_of(stream)
    if not subject.ids:
        return stream
    return network.name_of(subject.ids[-1]) if subject.category == "phase" else subject.ids[-1]

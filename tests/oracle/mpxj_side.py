"""Ask MPXJ's schedulers for the dates of networks, in a process of its own."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.planning.network import Activity, Dialect, Network

Rows = dict[str, dict[str, Any]]
SECONDS_MAX: Final = 600
DATES: Final = ("early_start", "early_finish", "late_start", "late_finish", "start", "finish")


def has_java() -> bool:
    """Return whether a Java machine can be started here."""
    return shutil.which("java") is not None


def scheduled_by_mpxj(dialect: Dialect, networks: Sequence[Network]) -> list[Rows]:
    """Return what MPXJ computes for each network, by phase; dates as minutes since 1970."""
    rows: list[Rows] = _answered(dialect, networks)
    for network in rows:
        for row in network.values():
            for field in DATES:
                row[field] = _minute(row[field])
    return rows


class Timed(NamedTuple):
    """What schedules of one network took, in milliseconds each, and when it finishes."""

    ms: Sequence[float]
    finish: Minute | None


def timed_by_mpxj(
    dialect: Dialect, networks: Sequence[Network], rounds: Sequence[int]
) -> list[Timed]:
    """Return what so many schedules of each network took, in one Java machine.

    Networks are made and scheduled once before, in their order: the earlier ones warm it up.
    """
    answered = _answered(dialect, networks, rounds=list(rounds))
    return [Timed(ms, _minute(finish)) for ms, finish in answered]


def _answered(dialect: Dialect, networks: Sequence[Network], **more: object) -> Any:  # noqa: ANN401
    documents = [_document(network) for network in networks]
    answered = subprocess.run(
        [sys.executable, "-m", "tests.oracle.mpxj_child"],
        input=json.dumps({"dialect": dialect, "networks": documents, **more}),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if answered.returncode:
        msg = f"the oracle failed: {answered.stderr[-2000:]}"
        raise AssertionError(msg)
    return json.loads(answered.stdout)


def _minute(text: str) -> Minute | None:
    if text == "None":
        return None
    return minute_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _text(minute: Minute | None) -> str | None:
    if minute is None:
        return None
    return instant_of(minute).replace(tzinfo=None).isoformat()


def _document(network: Network) -> dict[str, Any]:
    return {
        "start": _text(network.project_start),
        "data_date": _text(network.data_date),
        "promise": _text(network.promise),
        "default": network.default_calendar,
        "calendars": [[key, _calendar(each)] for key, each in network.calendars.items()],
        "phases": [_phase(each) for each in network.activities],
        "links": [
            {
                "pred": link.pred, "succ": link.succ, "type": link.type, "lag": link.lag,
                "unit": link.unit,
            }
            for link in network.links
        ],
    }  # fmt: skip


def _calendar(calendar: WorkingCalendar) -> dict[str, Any]:
    return {
        "weekly": calendar.weekly,
        "exceptions": [[day.isoformat(), windows] for day, windows in calendar.exceptions],
    }


def _phase(activity: Activity) -> dict[str, Any]:
    left = activity.duration_min if activity.remaining_min is None else activity.remaining_min
    begun = activity.actual_start is not None
    constraint = activity.constraint
    return {
        "id": activity.id,
        "kind": activity.kind,
        "duration_min": activity.duration_min,
        "actual_min": activity.duration_min - left if begun else 0,
        "remaining_min": left,
        "calendar": activity.calendar,
        "parent": activity.parent,
        "constraint": [constraint.kind, _text(constraint.at)] if constraint else None,
        "deadline": _text(activity.deadline),
        "actual_start": _text(activity.actual_start),
        "actual_finish": _text(activity.actual_finish),
    }

"""Examine what Takt stands on, one finding a part, each with the way to mend it."""

import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any, Final

from consumers.bootstrap import System, build, system_clock
from consumers.failures import explained
from consumers.settings import Settings, WrongSettings, read_settings

PINNED: Final = {"eventsourcing": "9.5.6", "kafka-python": "3.0.12"}
FREE_SHARE_MIN: Final = 0.15
LAG_MAX: Final = 1_000
CLOCK_AHEAD_S_MAX: Final = 300

Finding = dict[str, Any]


def examine(*, quick: bool) -> dict[str, Any]:
    """Return `{checks: [{name, ok, found, mend}]}`; every failure is a finding, never a crash."""
    checks = [_python(), _packages(), _owner_of("domain")]
    try:
        settings = read_settings()
    except WrongSettings as wrong:
        checks.append(_finding("settings", str(wrong), "mend the environment", ok=False))
        return {"checks": checks}
    checks.append(_finding("settings", f"home {settings.home}, store {_place(settings)}"))
    checks.append(_disk(settings.home))
    checks.append(_guarded("log", lambda: _log(settings, quick=quick)))
    if settings.kafka_bootstrap and not quick:
        checks.append(_guarded("kafka", lambda: _kafka(settings)))
    return {"checks": checks}


def _finding(name: str, found: str, mend: str = "", *, ok: bool = True) -> Finding:
    return {"name": name, "ok": ok, "found": found, "mend": mend}


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  A doctor reports what it meets.
        told = explained(error)
        found = told.sentence if told else f"{type(error).__name__}: {error}"
        return _finding(name, found, "see deploy/env.example for its settings", ok=False)


def _place(settings: Settings) -> str:
    return "PostgreSQL" if settings.database_url else str(settings.home / "takt.db")


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return _finding("python", found, "install Python 3.11 or newer", ok=ok)


def _packages() -> Finding:
    wrong = []
    for name, wanted in PINNED.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            wrong.append(f"{name} is {found}, not {wanted}")
    text = "; ".join(wrong) or ", ".join(f"{name} {wanted}" for name, wanted in PINNED.items())
    return _finding("packages", text, "run make setup", ok=not wrong)


def _owner_of(package: str) -> Finding:
    owners = sorted(set(packages_distributions().get(package, ["takt"])))
    return _finding(
        "import names",
        f"{package} belongs to {', '.join(owners)}",
        "install Takt in a virtual environment of its own",
        ok=owners == ["takt"],
    )


def _disk(home: Path) -> Finding:
    place = home if home.exists() else Path.cwd()
    usage = shutil.disk_usage(place)
    share = usage.free / usage.total
    return _finding(
        "disk", f"{share:.0%} free", "make room: the log refuses to grow on a full disk",
        ok=share >= FREE_SHARE_MIN,
    )  # fmt: skip


def _log(settings: Settings, *, quick: bool) -> Finding:
    if not settings.database_url and not (settings.home / "takt.db").exists():
        return _finding("log", "no log yet: the first verb makes it")
    system = build(settings)
    try:
        return _finding_of_log(system, quick=quick)
    finally:
        system.close()


def _finding_of_log(system: System, *, quick: bool) -> Finding:
    head = system.log.head()
    found = f"head at position {head}"
    if quick:
        return _finding("log", found)
    newest = system.log.read(head - 1, 1)
    ahead = (newest[0].recorded_at - system_clock()).total_seconds() if newest else 0
    if ahead > CLOCK_AHEAD_S_MAX:
        return _finding(
            "log", f"{found}; the newest event is {ahead:.0f} s ahead of this clock",
            "set this machine's clock", ok=False,
        )  # fmt: skip
    now = system_clock()
    lag = {name: system.log.lag(rows.position(), now) for name, rows in system.rows.items()}
    letters = sum(kept.redriven_at is None for kept in system.log.dead_letters(limit=1_000))
    parked = len(system.log.parked())
    behind = [name for name, one in lag.items() if one.positions > LAG_MAX or one.is_stuck]
    told = ", ".join(f"{name} {one.positions} ({one.oldest_s:.0f} s)" for name, one in lag.items())
    found += f", lag {told}, dead letters {letters}, parked facts {parked}"
    return _finding("log", found, "start `takt run`: projections are behind", ok=not behind)


def _kafka(settings: Settings) -> Finding:
    from consumers.kafka.client import KafkaTopics  # noqa: PLC0415  Slow to import.
    from consumers.running import connection_of  # noqa: PLC0415

    present = KafkaTopics(connection_of(settings)).partitions()
    wanted = {settings.kafka_facts_topic, settings.kafka_events_topic}
    missing = sorted(wanted - set(present))
    found = f"{len(present)} topics" + (f", missing {', '.join(missing)}" if missing else "")
    return _finding("kafka", found, "create the missing topics", ok=not missing)

"""Ask for the status report of the demo's project, and take it apart."""

from typing import Any

from consumers.bootstrap import System
from consumers.demo.project import PROJECT_ID
from consumers.status_reporting import report


def written(system: System, **asked: str) -> dict[str, Any]:
    return report(
        system.views, PROJECT_ID, {name.rstrip("_"): text for name, text in asked.items()}
    )


def section(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for each in document["sections"] if each["id"] == name)
    return found  # type: ignore[no-any-return]


def facts(part: dict[str, Any]) -> dict[str, Any]:
    return {fact["label"]: fact["value"] for fact in part["facts"]}

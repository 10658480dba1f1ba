"""Say how good a project's schedule is: `takt quality`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, OnBranch, opened, show

NAMED_MAX: Final = 8
"""So many of the phases that a check found are named; all are in --json."""

INDICES: Final = frozenset({"critical_path_test", "cpli", "bei"})
"""Checks whose figure is no share of a count."""


def quality(
    project: str, as_of: AsOf = None, branch: OnBranch = None, *, as_json: AsJson = False
) -> None:
    """Judge the schedule by the fourteen DCMA checks; 1 where one of them fails."""
    from consumers.assessing import quality as assessed  # noqa: PLC0415
    from consumers.on_branch import asked_of, whole  # noqa: PLC0415

    with opened() as system:
        whole(branch, as_of)
        asked = {} if as_of is None else {"as_of": as_of}
        document = asked_of(system.views, project, branch, lambda on: assessed(on, project, asked))
        show(document, as_json=as_json, text=quality_text)
        if not document["passed"]:
            raise typer.Exit(EXIT_NO)


def quality_text(document: Mapping[str, Any]) -> str:
    """Return one line for each check, and under those that failed the phases."""
    checks = document["checks"]
    failed = sum(check["passed"] is False for check in checks)
    undefined = sum(check["passed"] is None for check in checks)
    passed = len(checks) - failed - undefined
    counts = f"{passed} checks passed, {failed} failed, {undefined} undefined"
    lines = [f"{document['name']}: {counts} ({document['source']})."]
    if document["problem"] is not None:
        lines.append(f"There is no schedule: {document['problem']}")
    width = max(len(check["title"]) for check in checks)
    for check in checks:
        lines.append(
            f"  {_verdict(check)}  {check['number']:>2}  {check['title']:<{width}}  "
            f"{_figure(check)}"
        )
        if check["passed"] is False and check["phases"]:
            lines.append(f"{'':12}{_names(check['phases'])}")
    return "\n".join(lines)


def _verdict(check: Mapping[str, Any]) -> str:
    return {True: "ok  ", False: "FAIL", None: "  - "}[check["passed"]]


def _figure(check: Mapping[str, Any]) -> str:
    limit = check["threshold"]
    sign = "≤" if limit["kind"] == "at_most" else "≥"
    if check["figure"] is None:
        return f"undefined: {check['undefined']}"
    if check["check"] in INDICES:
        return f"{check['figure']:.2f} ({sign} {limit['value']:.2f})"
    counted = f"{check['numerator']} of {check['denominator']}"
    return f"{100 * check['figure']:.0f} %, {counted} ({sign} {100 * limit['value']:.0f} %)"


def _names(phases: Sequence[Mapping[str, Any]]) -> str:
    told = ", ".join(f"{each['name']} ({each['id']})" for each in phases[:NAMED_MAX])
    left = len(phases) - NAMED_MAX
    return f"{told} and {left} more" if left > 0 else told

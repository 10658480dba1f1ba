"""Write an assessment of schedule quality as a document: each check with the phases it found."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain.network.project_network import ProjectNetwork
from domain.quality.check import Check, Name
from projections.contract import Row

TITLES: Final[Mapping[Name, str]] = {
    "logic": "Logic: tasks without a predecessor or a successor",
    "leads": "Leads: links with a negative lag",
    "lags": "Lags: links with a lag",
    "relationship_types": "Relationship types: finish-to-start links",
    "hard_constraints": "Hard constraints: MSO, MFO, SNLT, FNLT",
    "high_float": "High float: more than 44 working days",
    "negative_float": "Negative float",
    "high_duration": "High duration: more than 44 working days",
    "invalid_dates": "Invalid dates: to be worked before the data date, or reported after it",
    "resources": "Resources: tasks of a day and more that require none",
    "missed_tasks": "Missed tasks: due by the baseline and not done in time",
    "critical_path_test": "Critical path test: 600 days more move the finish as much",
    "cpli": "Critical path length index: (length + float) / length",
    "bei": "Baseline execution index: tasks done / tasks due",
}
DIGITS: Final = 4
SOURCE: Final = "DCMA-EA PAM 200.1 (October 2012), section 4"


def assessment_document(
    network: ProjectNetwork, position: int, checks: Sequence[Check]
) -> dict[str, Any]:
    """Return every check; `passed` of the whole is whether none failed."""
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "source": SOURCE,
        "problem": None if network.problem is None else network.problem.text,
        "passed": not any(check.passed is False for check in checks),
        "checks": [_check(check, network) for check in checks],
    }


def _check(check: Check, network: ProjectNetwork) -> Row:
    return {
        "number": check.number,
        "check": check.name,
        "title": TITLES[check.name],
        "threshold": {"kind": check.limit.kind, "value": check.limit.value},
        "numerator": None if check.figure is None else check.numerator,
        "denominator": None if check.figure is None else check.denominator,
        "figure": None if check.figure is None else round(check.figure, DIGITS),
        "passed": check.passed,
        "undefined": check.undefined,
        "phases": [{"id": each, "name": network.name_of(each)} for each in check.phases],
        "links": [
            {"id": each, "pred": link.pred, "succ": link.succ, "type": link.type}
            for each in check.links
            for link in (network.links[each].link,)
        ],
    }

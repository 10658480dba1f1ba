"""Hold the version of the status report to its shape: who changes the one raises the other."""

import re
from typing import Any, Final

from consumers.bootstrap import System
from consumers.canonical_json import digest_of_document
from domain.notices.facts import Stage
from projections.reports.status_report import AUDIENCES, VERSION
from tests.unit.consumers.demo_reports import written

SHAPES: Final = {
    2: "aff9a8f0edbc283fbd214a9c705becf98d0780bf7a8fbabb58334f3171e1cf55",
}
"""The digest of the shape by version: a line is added, and none is ever changed."""
PARTIES: Final = {"department": "Electrical", "vendor": "Drive Union"}
_NUMBER: Final = re.compile(r"\d+")


def shape_of(document: dict[str, Any]) -> list[object]:
    """Return the names in a document, without what a log fills in."""
    sections = [
        [
            [each["id"], _NUMBER.sub("N", each["title"]), each["columns"]],
            [_NUMBER.sub("N", fact["label"]) for fact in each["facts"] if not _is_stage(fact)],
        ]
        for each in document["sections"]
    ]
    return [sorted(document), [sorted(each) for each in document["sections"]], sections]


def _is_stage(fact: dict[str, Any]) -> bool:
    """Tell whether a fact counts the notices of a stage: it is there where such notices are."""
    return fact["label"].lower() in {stage.value for stage in Stage}


def test_a_report_of_another_shape_has_another_version(demo: System) -> None:
    named = [f"{kind}:{PARTIES[kind]}" if kind in PARTIES else kind for kind in AUDIENCES]
    shapes = {audience: shape_of(written(demo, for_=audience)) for audience in named}
    assert SHAPES.get(VERSION) == digest_of_document(shapes), (
        "the shape of the report has changed: raise VERSION in projections/reports/status_report.py"
        " and add its digest here"
    )

"""Write the demo's status report for every audience, and hold each to what is its own."""

import shutil
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumers import status_reporting
from consumers.bootstrap import System
from consumers.cli import app
from consumers.demo.project import PROJECT_ID
from consumers.failures import WrongInput
from consumers.status_reporting import report
from consumers.views import Views
from domain.network.project_network import ProjectNetwork
from projections.reports.as_html import report_html
from projections.reports.as_text import report_text
from projections.reports.section import moment
from projections.reports.status_report import status_report
from tests.unit.consumers.demo_reports import facts, section, written
from tests.unit.consumers.systems import StandingClock, ask, system_in
from tests.unit.consumers.test_demo import MONDAY

SECTIONS = [
    "head", "headline", "moved", "departments", "look_ahead", "glitches", "vendors", "material",
    "contracts", "conflicts", "meetings", "cost", "notices", "data_quality",
]  # fmt: skip


def test_the_whole_report_has_every_section_and_none_is_without_data(demo: System) -> None:
    document = written(demo)
    assert [each["id"] for each in document["sections"]] == SECTIONS
    lacking = {each["id"]: each["reason"] for each in document["sections"] if not each["available"]}
    assert lacking == {}
    assert facts(section(document, "material"))["Shortages"] == 1


def test_the_figures_are_those_that_are_served_where_they_are_asked_alone(demo: System) -> None:
    document, status = written(demo), demo.views.status(PROJECT_ID, None)
    headline = facts(section(document, "headline"))
    assert headline["Promised"] == status["promise"]
    assert headline["Scheduled finish"] == moment(status["forecast_finish"])
    assert headline["Working days late"] == status["slip_working_days"]
    rows = section(document, "departments")["rows"]
    assert [row[0] for row in rows] == [each["department"] for each in status["departments"]]
    assert len(section(document, "vendors")["rows"]) == 12
    assert facts(section(document, "conflicts"))["Open"] == len(status["conflicts"])


def test_what_moved_adds_up_to_the_move(demo: System) -> None:
    from consumers.explaining import why  # noqa: PLC0415

    moved = why(demo.views, PROJECT_ID, {"from": "begin"})
    told = facts(section(written(demo), "moved"))
    total, lost, won = (
        Decimal(told[f"{name}, days of the clock"]) for name in ("Moved", "Lost", "Won back")
    )
    assert (total, lost - won) == (Decimal(str(moved["moved_days"])), total)
    (smaller,) = (text for name, text in told.items() if name.startswith("By "))
    rows = section(written(demo), "moved")["rows"]
    assert sum(Decimal(row[0]) for row in rows) + Decimal(smaller) == total
    assert sum(move["minutes"] for move in moved["moves"]) == moved["moved_min"]


def test_the_same_position_gives_the_same_bytes_however_long_after(played_demo: Path) -> None:
    with system_in(played_demo, StandingClock(MONDAY + timedelta(weeks=8))) as system:
        position = str(system.log.head())
        first = written(system, as_of=position)
        raised = (
            '{"project_id":"' + PROJECT_ID + '","conflict_id":"later","kind":"resource",'
            '"subjects":["project-' + PROJECT_ID + '"],"summary":"later","severity":"low"}'
        )
        ask(system, "conflict.raise.v1", raised, message_id="later")
        system.settle()
        again, now = written(system, as_of=position), written(system)
    assert first == again
    assert now["digest"] != first["digest"]
    assert report_html(first) == report_html(again)


def test_management_gets_one_page_of_the_same_figures(demo: System) -> None:
    whole, page = written(demo), written(demo, for_="management")
    assert [each["id"] for each in page["sections"]] == [
        "head", "headline", "moved", "glitches", "vendors", "cost",
    ]  # fmt: skip
    assert section(page, "headline") == section(whole, "headline")
    assert section(page, "vendors")["rows"] == section(whole, "vendors")["rows"][:5]
    assert facts(section(page, "vendors"))["Rows left out"] == 7


def test_a_department_gets_its_own_part_and_what_others_need_from_it(demo: System) -> None:
    name = demo.views.status(PROJECT_ID, None)["departments"][0]["department"]
    document = written(demo, for_=f"department:{name}")
    assert [row[0] for row in section(document, "departments")["rows"]] == [name]
    assert {row[3] for row in section(document, "look_ahead")["rows"]} <= {name}
    assert section(document, "handed_over")["available"]
    assert "vendors" not in {each["id"] for each in document["sections"]}


def test_a_vendor_gets_its_own_lines_and_nothing_else(demo: System) -> None:
    rows = section(written(demo), "vendors")["rows"]
    vendor, others = rows[0][0], {row[0] for row in rows} - {rows[0][0]}
    document = written(demo, for_=f"vendor:{vendor}")
    assert [each["id"] for each in document["sections"]] == ["lines"]
    own = [row[2] for row in rows if row[0] == vendor]
    assert [row[0] for row in section(document, "lines")["rows"]] == own
    assert not any(other in report_text(document) for other in others)


@pytest.mark.parametrize(
    ("audience", "says"),
    [
        ("everybody", "for is one of coordinator"),
        ("vendor", "for is one of coordinator"),
        ("customer:ACME", "for is one of coordinator"),
        ("department:", "for is one of coordinator"),
        ("vendor:Nobody", "has no vendor Nobody; it has "),
        ("department:Nowhere", "has no department Nowhere; it has "),
    ],
)
def test_an_audience_that_is_none_is_told_which_there_are(
    demo: System, audience: str, says: str
) -> None:
    with pytest.raises(WrongInput, match=says):
        written(demo, for_=audience)


class Counted(Views):
    """The views of a system that count how often the network of each moment is folded."""

    def network(
        self, project_id: str, position: int, true_at: datetime | None = None
    ) -> ProjectNetwork:
        FOLDED[position] += 1
        return super().network(project_id, position, true_at)


FOLDED: Counter[int] = Counter()


def test_a_report_folds_the_network_of_its_moment_once_and_once_without_material(
    demo: System,
) -> None:
    views = demo.views
    counted = Counted(
        views.feed, views.projections, views.stored, views.branches, views.checkpoints
    )
    FOLDED.clear()
    told = report(counted, PROJECT_ID, {})
    assert FOLDED[told["position"]] == 2
    assert told == written(demo)


@pytest.mark.parametrize("audience", ["customer", "vendor:Drive Union"])
def test_for_those_outside_nothing_is_asked_that_is_not_theirs(demo: System, audience: str) -> None:
    views = demo.views
    counted = Counted(
        views.feed, views.projections, views.stored, views.branches, views.checkpoints
    )
    FOLDED.clear()
    told = report(counted, PROJECT_ID, {"for": audience})
    # The network without material would be another one: nobody planned it.
    assert FOLDED[told["position"]] == 1


def test_a_report_that_is_issued_is_computed_once(
    played_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shutil.copytree(played_demo, tmp_path / "home")
    made: list[str] = []

    def seen(*given: Any) -> dict[str, Any]:  # noqa: ANN401  As the report is called.
        made.append(str(given[-1]))
        return status_report(*given)

    monkeypatch.setattr(status_reporting, "status_report", seen)
    issued = CliRunner().invoke(
        app, ["report", PROJECT_ID, "--for", "management", "--issue"], env={"TAKT_HOME": str(home)}
    )
    assert issued.exit_code == 0, issued.output
    assert made == ["management"]

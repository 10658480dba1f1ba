"""Hold what is drawn from to the like of each phase and order, few of them made more sure."""

from datetime import timedelta

import pytest

from domain.forecasting.outcomes import Outcome, Outcomes, Slip
from domain.forecasting.spread import TooFewOutcomes, spread_of
from domain.network.project_network import ProjectNetwork
from domain.projects.events import SchedulingPolicySet
from tests.property.random_histories import network_at
from tests.unit.projections.histories import DAY, MONDAY, History


def network_of(history: History) -> ProjectNetwork:
    return network_at(history, len(history.events))


def a_plan() -> History:
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 3)
    return history.project(SchedulingPolicySet(material_drives=True))


def took(*ratios: float, department: str = "shop") -> list[Outcome]:
    return [Outcome(department, "task", ratio, 1.0, 1) for ratio in ratios]


def slipped(*days: int, vendor: str = "Fluxtec") -> list[Slip]:
    return [
        Slip(vendor, each, 1.0, MONDAY + timedelta(days=number), f"{vendor}-{number}", 1)
        for number, each in enumerate(days)
    ]


def test_of_four_finished_phases_nothing_is_told() -> None:
    network = network_of(a_plan())
    with pytest.raises(TooFewOutcomes, match="too few finished phases: 4 of 5"):
        spread_of(network, Outcomes(took(1, 1, 1, 1)))
    assert spread_of(network, Outcomes(took(1, 1, 1, 1, 1))).ratios["cut"].values == (1,)


def test_a_plan_with_nothing_open_needs_no_outcomes() -> None:
    history = a_plan()
    for phase in ("cut", "weld"):
        history.started(phase, "2026-03-02 08:00").finished(phase, "2026-03-04 17:00")
    assert spread_of(network_of(history), Outcomes()).ratios == {}


def test_a_phase_follows_its_own_department_more_than_others() -> None:
    outcomes = Outcomes([*took(*[2.0] * 15), *took(*[1.0] * 15, department="saw")])
    ratio = spread_of(network_of(a_plan()), outcomes).ratios["cut"]
    # Fifteen of its own against five that stand for all, of which half are its own: 17.5 of 20.
    assert (ratio.at(-1.16), ratio.at(-1.14)) == (1.0, 2.0)


def test_work_that_is_begun_follows_what_came_of_remaining_work() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").progressed("cut", DAY, "2026-03-02 12:00")
    outcomes = Outcomes(took(*[2.0] * 5), took(*[3.0] * 5))
    ratios = spread_of(network_of(history), outcomes).ratios
    assert (ratios["cut"].values, ratios["weld"].values) == ((3.0,), (2.0,))


def test_an_order_slips_as_its_vendor_did_and_never_into_the_past() -> None:
    history = a_plan().ordered("PO-1", "2026-03-09", "weld")
    outcomes = Outcomes(took(*[1.0] * 5), slips=slipped(-2, 3, 8))
    assert spread_of(network_of(history), outcomes).slips["PO-1"].values == (-2.0, 3.0, 8.0)
    history.data_date("2026-03-14 08:00")  # Five days after it was due, so it slips more.
    assert spread_of(network_of(history), outcomes).slips["PO-1"].values == (8.0,)
    history.data_date("2026-03-30 08:00")  # No order ever came so late: then it comes today.
    assert spread_of(network_of(history), outcomes).slips["PO-1"].values == (21.0,)


def test_orders_move_nothing_where_material_does_not_drive() -> None:
    history = a_plan().ordered("PO-1", "2026-03-09", "weld")
    history.project(SchedulingPolicySet(material_drives=False))
    outcomes = Outcomes(took(*[1.0] * 5), slips=slipped(3))
    assert spread_of(network_of(history), outcomes).slips == {}


def test_the_last_receipt_counts_more_than_those_before_it() -> None:
    history = a_plan().ordered("PO-1", "2026-03-09", "weld")
    outcomes = Outcomes(took(*[1.0] * 5), slips=slipped(1, 2))
    # Shares are 0.97 to 1 in its own receipts and in all, so the earlier one is below a half.
    assert spread_of(network_of(history), outcomes).slips["PO-1"].median == 2.0

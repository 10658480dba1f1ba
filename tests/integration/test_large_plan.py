"""A plan of a hundred thousand phases is taken in, scheduled and changed, without a hang."""

import json
from pathlib import Path

from consumers.plan_import import import_plan_file
from tests.bad_inputs.test_bad_plans import link, phase, plan
from tests.unit.consumers.systems import ask, system_in

PHASES = 100_000
LANES = 1_000
DAY_MIN = 480
OVER_A_WEEKEND_MIN = 3 * 1_440


def test_a_hundred_thousand_phases_are_taken_in_scheduled_and_changed(tmp_path: Path) -> None:
    ids = [f"p{number}" for number in range(PHASES)]
    links = [link(ids[number], ids[number + LANES]) for number in range(PHASES - LANES)]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan([phase(each) for each in ids], links)))
    with system_in(tmp_path / "home") as system:
        told = import_plan_file(system, file, None, dry_run=False)
        assert (told["outcome"], told["phases"], told["links"]) == (
            "recorded", PHASES, PHASES - LANES,
        )  # fmt: skip
        network = system.views.network("P", system.log.head())
        before = network.schedule()
        assert before is not None

        longer = {"project_id": "P", "phase_id": "p0", "duration_min": 2 * DAY_MIN}
        body = json.dumps({**longer, "reason": {"code": "estimate_wrong"}})
        assert ask(system, "plan.revise_duration.v1", body, message_id="r").kind == "recorded"
        after = system.views.network("P", system.log.head()).schedule()
        assert after is not None

    # Each lane is twenty weeks of work; that of the first phase now ends on a Monday.
    assert len(before.phases) == PHASES
    assert {row.total_float_min for row in before.phases.values()} == {0}
    assert after.phases["p99000"].total_float_min == 0
    assert after.phases["p99001"].total_float_min == DAY_MIN
    late = after.phases["p99000"].early_finish - before.phases["p99000"].early_finish
    assert late == OVER_A_WEEKEND_MIN

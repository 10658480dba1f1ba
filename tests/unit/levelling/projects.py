"""Projects made up from a seed, told as histories: everything that can decide a date, in small."""

from datetime import timedelta
from random import Random

from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.phases.events import PhaseFinished, PhaseInterrupted, PhaseStarted, ProgressRecorded
from domain.planning.network import ConstraintKind, Dialect, LinkType, OutOfSequence
from domain.plans.events import ConstraintSet, DependencyAdded, Lag, ResourceRequirementSet
from domain.projects.events import SchedulingPolicySet
from domain.resources.events import CapacitySet, OutageReported, ResourceRegistered
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History

RESOURCES = {"press": 1_000, "crew": 2_000}


def told(history: History) -> ProjectNetwork:
    """Return the network of a whole history."""
    network = ProjectNetwork(PROJECT)
    for recorded in history.events:
        fold(network, recorded)
    return network


def resources(history: History, **capacities: int) -> History:
    """Register resources with so many thousandths each."""
    for resource, milli in capacities.items():
        stream = f"resource-{PROJECT}/{resource}"
        registered = ResourceRegistered(
            name=resource.title(), resource_class="equipment", department_id="shop"
        )
        history.record(stream, registered).record(stream, CapacitySet(milli_units=milli))
    return history


def need(history: History, phase_id: str, resource: str, milli: int = 1_000) -> History:
    """Let a phase need so much of a resource."""
    return history.plan(
        ResourceRequirementSet(phase_id=phase_id, resource_id=resource, milli=milli)
    )


def out(history: History, resource: str, since_h: int, until_h: int | None) -> History:
    """Report a resource out, in hours after the Monday on which projects begin."""
    since = MONDAY + timedelta(hours=since_h)
    until = None if until_h is None else MONDAY + timedelta(hours=until_h)
    event = OutageReported(since=since, until=until, kind="breakdown")
    return history.record(f"resource-{PROJECT}/{resource}", event, effective_at=since)


def made_up(seed: int, phases: int = 12, *, needs: bool = True) -> ProjectNetwork:
    """Return a project with summaries, calendars, all links, constraints and progress."""
    dice = Random(seed)
    history = History(dice.choice(("UTC", "Europe/Berlin"))).opened()
    history.calendar("plant").calendar("six", "123456").calendar("week", "1234567")
    policy: OutOfSequence = dice.choice(("retained_logic", "progress_override", "actual_dates"))
    dialect: Dialect = dice.choice(("p6", "p6", "msproject"))
    history.project(SchedulingPolicySet(out_of_sequence=policy, dialect=dialect))
    resources(history, **RESOURCES)
    summaries = ("s0", "s1", "s2")
    history.phase("s0", 0).phase("s1", 0, parent="s0").phase("s2", 0)
    ids = [f"p{number:02}" for number in range(phases)]
    for phase_id in ids:
        _phase(history, dice, phase_id, (None, *summaries), needs=needs)
    _link(history, dice, ids, summaries)
    if needs and dice.random() < 0.3:
        begin = dice.randint(0, 200)
        out(history, "press", begin, begin + dice.randint(1, 60))
    if dice.random() < 0.6:
        _progress(history, dice, ids)
    return told(history)


def _phase(
    history: History, dice: Random, phase_id: str, parents: tuple[str | None, ...], *, needs: bool
) -> None:
    kind = dice.choices(("task", "finish_ms", "start_ms", "level_of_effort"), (17, 1, 1, 1))[0]
    days = 0 if kind.endswith("ms") else dice.choice((0, 1, 1, 2, 3, 5))
    calendar = dice.choice((None, None, "six", "week"))
    parent = dice.choice(parents) if dice.random() < 0.5 else None
    history.phase(phase_id, days, kind=kind, calendar_id=calendar, parent=parent)
    if needs and kind == "task":
        for resource, most in RESOURCES.items():
            if dice.random() < 0.5:
                need(history, phase_id, resource, dice.choice((500, 1_000, most)))
    if dice.random() < 0.25:
        at = MONDAY + timedelta(hours=dice.randint(0, 300))
        chosen: ConstraintKind = dice.choice(("SNET", "FNET", "SNLT", "FNLT", "MSO", "MFO", "ALAP"))
        event = ConstraintSet(phase_id=phase_id, kind=chosen, at=None if chosen == "ALAP" else at)
        history.plan(event)


def _link(history: History, dice: Random, ids: list[str], summaries: tuple[str, ...]) -> None:
    """Link from lower to higher numbers; a summary only to phases that lie under none."""
    below = {
        recorded.event.phase_id: recorded.event.parent
        for recorded in history.events
        if recorded.event.type_name == "plan.phase_planned.v1"
    }
    free = [phase_id for phase_id in ids if below[phase_id] is None]
    pairs = [sorted(dice.sample(ids, 2)) for _ in range(len(ids))]
    pairs = [pair for pair in pairs if below[pair[0]] == below[pair[1]]]
    half = len(free) // 2
    pairs += [[one, dice.choice(summaries)] for one in free[: half // 2]]
    pairs += [[dice.choice(summaries), one] for one in free[half:] if dice.random() < 0.5]
    for number, (pred, succ) in enumerate(pairs):
        lag = Lag(
            value=dice.choice((0, 0, DAY, -240, 700)),
            unit=dice.choice(("working_min", "working_min", "elapsed_min")),
        )
        kind: LinkType = dice.choice(("FS", "FS", "FS", "SS", "FF", "SF"))
        history.plan(
            DependencyAdded(link_id=f"X{number}", pred=pred, succ=succ, link_type=kind, lag=lag)
        )


def _progress(history: History, dice: Random, ids: list[str]) -> None:
    now = MONDAY + timedelta(days=dice.randint(1, 10), hours=dice.randint(0, 9))
    for phase_id in dice.sample(ids, dice.randint(0, min(5, len(ids)))):
        begun = now - timedelta(hours=dice.randint(1, 60))
        history.fact(phase_id, PhaseStarted(actual_start=begun), begun)
        match dice.randrange(4):
            case 0:
                history.fact(phase_id, PhaseFinished(actual_finish=now), now)
            case 1:
                left = ProgressRecorded(remaining_min=dice.randint(0, 3) * DAY, basis="report")
                history.fact(phase_id, left, now)
            case 2:
                history.fact(phase_id, PhaseInterrupted(at=now, stop_code="power"), now)
            case _:
                pass
    history.data_date(f"{now:%Y-%m-%d %H:%M}")

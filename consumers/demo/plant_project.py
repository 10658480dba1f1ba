"""Think up one project of a plant: its plan, and what happens to each of its phases.

Reality is a forward pass over the plan's links with the time that things really take; each start,
report, standstill, finish and delivery is then told at its moment.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from consumers.demo.plant_beats import WEEK, Beat, Course, Phase, Telling
from consumers.demo.plant_contracts import contracts
from consumers.demo.plant_costs import costs
from consumers.demo.plant_days import ZONE, axis, day_minute, day_of, first_friday, later
from consumers.demo.plant_habits import (
    AGREED,
    CALM,
    CALM_SHARE,
    CUSTOMERS,
    DEPARTMENTS,
    LONGER,
    MOVES_MAX,
    ORDINARY,
    OUTAGES,
    SHORTER,
    VENDORS,
)
from consumers.demo.plant_orders import orders_of
from consumers.demo.plant_people import people, published
from consumers.demo.plant_plan import FINAL, calendar_form, module_form, phase_form
from consumers.demo.plant_stores import stores
from consumers.demo.plant_talks import talks
from consumers.demo.plant_wishes import wishes
from consumers.demo.project import DAY, MODULE_STEPS, RESOURCES, USES
from domain.kernel.minutes import Minute, instant_of

ITEMS: Final = ("servo-drive", "valve", "flow-meter", "bearing", "nozzle", "casting")
"""What is ordered for a module, by the ids that its requirements name as well."""
STOPS: Final = ("no power", "tool broken", "part missing", "waiting for inspection")
MODULES_AT_ONCE: Final = 6
"""So many modules of a project are worked on side by side."""

# How often something happens, of all times it could.
REPORTED_BY_PLAN: Final = 0.8
REPORTED_IN_TIME: Final = 0.95
LATER_AGREED: Final = 0.3
DATE_ADJUSTED: Final = 0.3
HASTENED: Final = 0.5
IN_CONFLICT: Final = 0.02
OUT_OF_ORDER: Final = 0.5


class PlantProject:
    """One project of so many phases, eleven at least; the same dice throw the same project."""

    def __init__(
        self,
        key: str,
        dice: Random,
        phases: int,
        begin: Minute,
        report_min: int,
        telling: Telling,
    ) -> None:
        self.key = key
        self.name = f"Line {key}"
        self._telling = telling
        self._dice = dice
        self._axis = axis()
        calm = Random(f"{key}/calm").random() < CALM_SHARE  # noqa: S311  Nothing is kept secret.
        self._habit = CALM if calm else ORDINARY
        self.begin = self._axis.next_start(begin)
        self._report_min = report_min
        self._modules, self._rest = divmod(phases, len(MODULE_STEPS) + 1)
        self.phases = list(self._planned())
        self.customer = dice.choice(tuple(CUSTOMERS))
        self.planned = self._forward()
        self.promise = self._promised()
        self._told: list[Beat] = []

    def plan(self) -> dict[str, Any]:
        """Return the plan in the neutral form (`takt.plan/1`)."""
        start = instant_of(self.begin + WEEK - self._habit.waits_min)
        modules = [module_form(number) for number in range(self._modules)]
        links = [
            {"pred": self.phases[pred].id, "succ": phase.id, "type": kind}
            | ({"lag": {"value": lag, "unit": "working_min"}} if lag else {})
            for phase in self.phases
            for pred, kind, lag in phase.after
        ]
        calendars = [
            calendar_form("plant", range(1, 6), start),
            calendar_form("six", range(1, 7), start),
        ]
        return {
            "format": "takt.plan/1",
            "project": {
                "id": self.key, "name": self.name, "start": start.isoformat(),
                "zone": ZONE, "calendar": "plant", "customer": self.customer,
                "promise": self.promise.isoformat(),
            },
            "calendars": calendars,
            "resources": [
                {"id": key, "name": name, "department": department, "capacity_milli": milli}
                for key, name, department, milli in RESOURCES
            ],
            "phases": modules + [phase_form(*each) for each in enumerate(self.phases)],
            "links": links,
        }  # fmt: skip

    def events_of_plan(self) -> int:
        """Return how many events the plan makes."""
        links = sum(len(phase.after) for phase in self.phases)
        needs = sum(phase.step.key in USES for phase in self.phases)
        # Two calendars with a holiday each, opened, promised; each resource with its capacity.
        return 6 + 2 * len(RESOURCES) + self._modules + len(self.phases) + links + needs

    def beats(self, rates_from: date | None = None) -> list[Beat]:
        """Return all that happens, in the order in which it is told; the plan is the first.

        With `rates_from`, it is the project that tells the rates of the quarter from that day on.
        """
        self._told = []
        self._tell(self.begin, "plan")
        starts, finishes = self._simulated()
        self._weeks(starts, max(finishes))
        self._disturbances(starts, finishes)
        self._decisions(starts, finishes)
        if self._telling.reporting:
            self._reports(starts, finishes)
        if self._telling.office:
            self._papers(starts, finishes, rates_from)
        self._told.sort(key=lambda beat: (beat.told, beat.number))
        return self._told

    def _planned(self) -> Iterator[Phase]:
        place_of = {step.key: place for place, step in enumerate(MODULE_STEPS)}
        size = len(MODULE_STEPS)
        for module in range(self._modules):
            first = module * size
            for step in MODULE_STEPS:
                after = [
                    (first + place_of[pred], step.link, step.lag_days * DAY) for pred in step.after
                ]
                if step.key == "design" and module >= MODULES_AT_ONCE:
                    after.append(((module - MODULES_AT_ONCE) * size + place_of["mount"], "FS", 0))
                if step.key == "bench" and module:
                    after.append(((module - 1) * size + place_of["bench"], "FS", 0))
                yield Phase(f"m{module:03d}-{step.key}", step, module, tuple(after))
        last = self._modules * size - 1
        for place in range(last, last + self._rest):
            yield Phase(f"final-{place - last}", FINAL, self._modules, ((place, "FS", 0),))

    def _simulated(self) -> tuple[list[Minute], list[Minute]]:
        """Return when each phase really starts and finishes, and tell of it."""
        axis, dice = self._axis, self._dice
        starts: list[Minute] = []
        finishes: list[Minute] = []
        arrivals: dict[int, Minute] = {}
        for phase in self.phases:
            ready = self.begin + WEEK
            for pred, kind, lag in phase.after:
                held = finishes[pred] if kind == "FS" else starts[pred]
                ready = max(ready, axis.add(held, lag) if lag else held)
            if phase.step.key == "mount":
                ready = max(ready, arrivals.get(phase.module, 0))
            start = axis.next_start(ready + dice.choice(self._habit.gaps_min))
            starts.append(start)
            finishes.append(self._worked(phase, start))
            if phase.step.key == "order":
                arrivals[phase.module] = self._ordered(phase, start)
        return starts, finishes

    def _worked(self, phase: Phase, start: Minute) -> Minute:
        """Tell of a phase's work; return when it is done."""
        axis, dice = self._axis, self._dice
        planned = phase.step.days * DAY
        real = planned * dice.choice(self._habit.takes) // 100
        self._tell_late(start, "started", phase.id)
        lost = 0
        if dice.random() < self._habit.interrupted:
            stopped = axis.add(start, real // 3)
            lost = dice.randrange(30, DAY)
            stop = dice.choice(STOPS)
            self._tell(stopped + 1, "interrupted", phase.id, stopped, more=stop)
            resumed = axis.next_start(axis.add(stopped, lost))
            self._tell(resumed + 1, "resumed", phase.id, resumed)
        done = self._report_min
        while done < real:
            left = max(0, planned - done) if dice.random() < REPORTED_BY_PLAN else real - done
            share = done * 10_000 // real
            at = axis.add(start, done + (lost if done > real // 3 else 0))
            self._tell_late(at, "progress", phase.id, left, str(share))
            done += self._report_min
        finish = axis.add(start, real + lost)
        self._tell_late(finish, "finished", phase.id)
        return finish

    def _ordered(self, phase: Phase, start: Minute) -> Minute:
        """Tell of the goods of a module; return when the last of them are there."""
        axis, dice = self._axis, self._dice
        last = start
        for number in range(dice.choice((1, 1, 2))):
            key = f"{self.key}-{phase.module}.{number}"
            need = axis.add(start, phase.step.days * DAY)
            quantity = dice.randint(2, 60)
            vendor = dice.choice(self._habit.vendors)
            item = f"{vendor}|{dice.choice(ITEMS)}"
            self._tell(start, "ordered", key, need, quantity, f"m{phase.module:03d}-mount|{item}")
            habit = VENDORS[vendor]
            promised = axis.add(need, dice.choice(habit.late_days) * DAY)
            at = axis.add(start, dice.choice(habit.answer_days) * DAY)
            self._tell(at, "acknowledged", key, at, promised)
            at = max(axis.add(start, 5 * DAY), axis.add(at, DAY))
            moves, hastened = 0, False
            while moves < MOVES_MAX and dice.random() < habit.moves:
                promised = later(axis, promised, dice.choice(habit.moved_days))
                self._tell(at, "moved", key, at, promised)
                if promised > need and not hastened and dice.random() < HASTENED:
                    self._tell(at + 90, "hastened", key, need)
                    hastened = True
                at = axis.add(at, 2 * DAY)
                moves += 1
            slipped = later(axis, promised, dice.choice(habit.slip_days))
            shipped = max(axis.subtract(slipped, 2 * DAY), at)
            self._tell(shipped, "shipped", key, shipped, promised, str(quantity))
            came = max(slipped, axis.add(shipped, DAY))
            first = quantity if dice.random() < self._habit.at_once else quantity // 2
            self._tell(came, "received", key, came, first)
            if first < quantity:
                came = axis.add(came, 2 * DAY)
                self._tell(came, "received", key, came, quantity - first)
            last = max(last, came)
        return last

    def _weeks(self, starts: list[Minute], end: Minute) -> None:
        """Each week the phases of the next one are released, and the data date moves on."""
        order = sorted(range(len(starts)), key=starts.__getitem__)
        at, place = self.begin + 1, 0
        while at < end:
            following = []
            while place < len(order) and starts[order[place]] < at + WEEK + 600:
                following.append(self.phases[order[place]].id)
                place += 1
            self._tell(at, "week", true=at, more=" ".join(following))
            at += WEEK

    def _disturbances(self, starts: list[Minute], finishes: list[Minute]) -> None:
        dice, axis = self._dice, self._axis
        for place, phase in enumerate(self.phases):
            if dice.random() < self._habit.revised:
                before = axis.subtract(starts[place], 2 * DAY)
                longer = phase.step.days * DAY * dice.choice((75, 125, 150)) // 100
                if before > self.begin + 10 and longer:
                    why = dice.choice(LONGER if longer > phase.step.days * DAY else SHORTER)
                    self._tell(before, "revised", phase.id, value=longer, more=why)
            if dice.random() < IN_CONFLICT:
                at = starts[place]
                self._tell(at + 5, "conflict", f"{self.key}.{place}", more=phase.id)
                self._tell(at + 2 * DAY, "settled", f"{self.key}.{place}")
        for key, *_ in RESOURCES:
            if dice.random() < OUT_OF_ORDER:
                at = dice.randrange(self.begin + WEEK, max(finishes) + WEEK)
                self._tell(at + 2, "outage", key, at, more=dice.choice(OUTAGES))
                over = at + dice.randint(2, 40) * 60
                self._tell(over + 2, "outage_over", key, over)

    def _decisions(self, starts: list[Minute], finishes: list[Minute]) -> None:
        """Tell of dates that are moved by somebody's word, each with its reason."""
        dice, axis = self._dice, self._axis
        for place, phase in enumerate(self.phases):
            planned = axis.add(starts[place], phase.step.days * DAY)
            if finishes[place] > axis.add(planned, DAY) and dice.random() < DATE_ADJUSTED:
                why = dice.choice(LONGER)
                self._tell(planned, "adjusted", phase.id, finishes[place], more=why)
        promised, end = day_minute(self.promise), max(finishes)
        asked = axis.subtract(promised, 15 * DAY)
        if end > promised + WEEK and asked > self.begin + WEEK and dice.random() < LATER_AGREED:
            later = promised + dice.choice((1, 2, 4)) * WEEK
            self._tell(asked, "agreed", true=later, more=dice.choice(AGREED))

    def _reports(self, starts: list[Minute], finishes: list[Minute]) -> None:
        """Each Friday departments report on what they do and are about to do."""
        self._tell(self.begin + 5, "reporting")
        friday = first_friday(self.begin + 1440)
        order = sorted(range(len(starts)), key=starts.__getitem__)
        while friday < max(finishes):
            near = [each for each in order if starts[each] < friday + 2 * WEEK]
            for department in DEPARTMENTS:
                self._reported(
                    department,
                    friday,
                    [
                        each
                        for each in near
                        if finishes[each] > friday
                        and self.phases[each].step.department == department
                    ],
                    starts,
                    finishes,
                )
            friday += WEEK

    def _papers(
        self, starts: list[Minute], finishes: list[Minute], rates_from: date | None
    ) -> None:
        """Tell what offices write and say, with dice of their own: the rest stays as it is."""
        dice = Random(f"{self.key}/office")  # noqa: S311  Nothing is kept secret.
        agreed = [
            (beat.told, day_of(beat.true).isoformat())
            for beat in self._told
            if beat.what == "agreed"
        ]
        course = Course(
            self.key, self.name, self.customer, self._axis, self.begin, self.promise,
            self.phases, starts, finishes, agreed, self.planned, tuple(orders_of(self._told)),
        )  # fmt: skip
        for told in (costs(course, dice, rates_from), contracts(course, dice), talks(course, dice),
                     stores(course), people(course, leaders=self._telling.leaders), wishes(course),
                     published(course) if self._telling.publishing else ()):  # fmt: skip
            self._told.extend(
                beat._replace(number=number) for number, beat in enumerate(told, len(self._told))
            )

    def _reported(
        self,
        department: str,
        at: Minute,
        places: list[int],
        starts: list[Minute],
        finishes: list[Minute],
    ) -> None:
        dice, axis, habit = self._dice, self._axis, DEPARTMENTS[department]
        if not places or dice.random() >= habit.reports:
            return
        lines = []
        for place in places:
            phase = self.phases[place]
            left = phase.step.days * DAY
            if starts[place] <= at:
                left = max(0, left - axis.between(starts[place], at))
                if dice.random() >= habit.by_plan:
                    left = axis.between(at, finishes[place])
            lines.append(f"{phase.id}:{left}")
        told = at + dice.randrange(5, 90)
        if dice.random() >= habit.in_time:
            told += 3 * 1440
        self._tell(told, "reported", department, at, more=" ".join(lines))
        self._tell(told + 1440, "accepted", department, at)

    def _forward(self) -> list[Minute]:
        """Return when each phase would start by plan."""
        axis = self._axis
        starts: list[Minute] = []
        finishes: list[Minute] = []
        for phase in self.phases:
            ready = self.begin + WEEK
            for pred, kind, lag in phase.after:
                held = finishes[pred] if kind == "FS" else starts[pred]
                ready = max(ready, axis.add(held, lag) if lag else held)
            starts.append(ready)
            finishes.append(axis.add(ready, phase.step.days * DAY))
        return starts

    def _promised(self) -> date:
        """Return the day the customer is promised: when it would be done by plan, and some time."""
        end = max(
            self._axis.add(start, phase.step.days * DAY)
            for start, phase in zip(self.planned, self.phases, strict=True)
        )
        days = (end - self.begin) // 1440 * self._dice.choice(self._habit.promises) // 100
        return day_of(self.begin) + timedelta(days=days + 1)

    def _tell_late(
        self, true: Minute, what: str, subject: str, value: int = 0, more: str = ""
    ) -> None:
        """Tell of it some minutes later, and now and then the day after."""
        late = self._dice.randrange(0, 4) if self._dice.random() < REPORTED_IN_TIME else 1_000
        self._tell(true + late, what, subject, true, value, more)

    def _tell(
        self, told: Minute, what: str, subject: str = "", true: Minute = 0, value: int = 0,
        more: str = "",
    ) -> None:  # fmt: skip
        self._told.append(Beat(told, len(self._told), what, subject, true, value, more))

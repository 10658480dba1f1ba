"""Serial schedule generation on calendars: job after job, each at the first moment that is free.

Backwards the same moves every job to the last moment that lengthens nothing. Both together are
forward-backward improvement, also called justification (Tormos and Lova 2001; Valls, Ballestín and
Quintanilla 2005): a schedule gets shorter or keeps its length, never longer.
"""

from collections.abc import Sequence

from domain.kernel.minutes import Minute
from domain.levelling.compiled import NEVER, Compiled, Cost, Span
from domain.levelling.problem import LevellingError
from domain.levelling.profile import Profile


class OnCalendars:
    """Schedules by lists of jobs for any problem; jobs are numbers, positions instants."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._fixed = compiled.fixed_spans()
        self._empty = [Profile(resource.steps) for resource in compiled.problem.resources]
        for job, start in enumerate(compiled.fixed):
            if start is not None:
                self._take(self._empty, job, self._fixed[job])

    def forward(self, order: Sequence[int]) -> list[Span]:
        """Return the spans of all jobs, placed as early as they can be in an order.

        In the order each job comes behind all it follows. Raises LevellingError
        (``over_capacity``).
        """
        compiled = self.compiled
        profiles = [profile.copy() for profile in self._empty]
        spans = list(self._fixed)
        for job in order:
            at, no_earlier = compiled.earliest(job, spans)
            span = compiled.span(job, at, no_earlier)
            demands = compiled.demands[job]
            while demands and span.start < span.finish:
                at = span.start
                for resource, amount in demands:
                    free = profiles[resource].free_from(span.start, span.finish, amount)
                    at = max(at, free)
                if at == span.start:
                    self._take(profiles, job, span)
                    break
                if at >= NEVER:
                    self._refuse(job)
                span = compiled.span(job, at, no_earlier)
            spans[job] = span
        return spans

    def backward(self, spans: list[Span]) -> list[Span]:
        """Return the spans as late as they can be without a later end; the frozen fence stays."""
        compiled = self.compiled
        profiles = [profile.copy() for profile in self._empty]
        spans = list(spans)
        end = max(span.finish for span in spans)
        for job in sorted(
            compiled.order,
            key=lambda job: (spans[job].finish, compiled.position[job]),
            reverse=True,
        ):
            if job not in compiled.fenced:
                spans[job] = self._as_late_as_free(job, spans, end, profiles)
            self._take(profiles, job, spans[job])
        return spans

    def cost(self, spans: list[Span]) -> Cost:
        """Return what a schedule costs: disturbance inside the fence, then its finish."""
        finish = max(span.finish for span in spans)
        return self.compiled.disturbance(self.starts(spans)), finish

    def starts(self, spans: list[Span]) -> list[Minute]:
        """Return the starts of a schedule, for their order."""
        return [span.start for span in spans]

    def spans(self, spans: list[Span]) -> list[Span]:
        """Return the spans of a schedule."""
        return spans

    def _as_late_as_free(
        self, job: int, spans: list[Span], end: Minute, profiles: list[Profile]
    ) -> Span:
        compiled, now = self.compiled, spans[job]
        _, no_earlier = compiled.earliest(job, spans)
        start, finish = compiled.latest(job, spans, end)
        while True:
            span = compiled.last_span(job, start, finish)
            # Where it is it has room; and an end that is not shown late enough is not worth more.
            if span.start <= now.start or span.finish < no_earlier:
                return now
            finish = span.finish
            for resource, amount in compiled.demands[job] if span.start < span.finish else ():
                free = profiles[resource].free_until(span.start, span.finish, amount)
                finish = min(finish, free)
            if finish == span.finish:
                return span
            if finish <= now.finish:
                return now

    def _take(self, profiles: list[Profile], job: int, span: Span) -> None:
        if span.start < span.finish:
            for resource, amount in self.compiled.demands[job]:
                profiles[resource].take(span.start, span.finish, amount)

    def _refuse(self, job: int) -> None:
        asked = self.compiled.problem.jobs[job]
        resources = tuple(resource for resource, _ in asked.demands)
        msg = f"job {asked.id} asks more of {', '.join(resources)} than there is for long enough"
        raise LevellingError(msg, "over_capacity", (asked.id, *resources))

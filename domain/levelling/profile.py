"""What is left of one resource over time, as jobs take their shares."""

from bisect import bisect_left, bisect_right
from typing import Final

from domain.kernel.minutes import Minute
from domain.levelling.compiled import NEVER

BLOCK_MAX: Final = 512


class Profile:
    """A step function of time in blocks of steps; a block knows the most that is left in it.

    So a stretch where too little is left is passed block by block, and a job's share costs the
    length of a block however many jobs came before.
    """

    __slots__ = ("_blocks", "_firsts", "_most")

    def __init__(self, steps: tuple[tuple[Minute, int], ...]) -> None:
        amounts = [amount for _, amount in steps] or [0]
        times = [-NEVER, *(at for at, _ in steps[1:])]
        self._blocks: list[tuple[list[Minute], list[int]]] = [(times, amounts)]
        self._firsts = [-NEVER]
        self._most = [max(amounts)]

    def free_from(self, start: Minute, finish: Minute, amount: int) -> Minute:
        """Return ``start`` if so much is left all the time to ``finish``, else when to look again.

        That is the first instant with enough left behind the last lack before ``finish``; NEVER if
        there is none.
        """
        block = bisect_right(self._firsts, start) - 1
        times, amounts = self._blocks[block]
        index = bisect_right(times, start) - 1
        found = start
        while True:
            if self._most[block] < amount:
                found = NEVER
            else:
                for step in range(index, len(times)):
                    if amounts[step] < amount:
                        found = NEVER
                    elif found == NEVER:
                        found = times[step]
                    if found < NEVER and step + 1 < len(times) and times[step + 1] >= finish:
                        return found
            block += 1
            if block == len(self._blocks) or (found < NEVER and self._firsts[block] >= finish):
                return found
            times, amounts = self._blocks[block]
            index = 0

    def free_until(self, start: Minute, finish: Minute, amount: int) -> Minute:
        """Return ``finish`` if so much is left all the time from ``start``, else when to end by.

        That is the last instant with enough left ahead of the first lack after ``start``; -NEVER
        if there is none.
        """
        block = bisect_left(self._firsts, finish) - 1
        times, amounts = self._blocks[block]
        index = bisect_left(times, finish) - 1
        found, end = finish, finish
        while True:
            if self._most[block] < amount:
                found = -NEVER
            else:
                for step in range(index, -1, -1):
                    if amounts[step] < amount:
                        found = -NEVER
                    elif found == -NEVER:
                        found = end
                    end = times[step]
                    if found > -NEVER and end <= start:
                        return found
            end = times[0]
            block -= 1
            if block < 0:
                return found
            times, amounts = self._blocks[block]
            index = len(times) - 1

    def take(self, start: Minute, finish: Minute, amount: int) -> None:
        """Take a share from ``start`` to ``finish``; more may be taken than there is."""
        self._cut(start)
        self._cut(finish)
        block = bisect_right(self._firsts, start) - 1
        while block < len(self._blocks) and self._firsts[block] < finish:
            times, amounts = self._blocks[block]
            low, high = bisect_left(times, start), bisect_left(times, finish)
            for step in range(low, high):
                amounts[step] -= amount
            self._most[block] = max(amounts)
            block += 1

    def copy(self) -> "Profile":
        """Return a profile of its own that looks the same now."""
        twin = Profile(())
        twin._blocks = [(list(times), list(amounts)) for times, amounts in self._blocks]
        twin._firsts, twin._most = list(self._firsts), list(self._most)
        return twin

    def _cut(self, at: Minute) -> None:
        """See to it that a step begins at an instant."""
        block = bisect_right(self._firsts, at) - 1
        times, amounts = self._blocks[block]
        index = bisect_right(times, at)
        if times[index - 1] == at:
            return
        times.insert(index, at)
        amounts.insert(index, amounts[index - 1])
        if len(times) > BLOCK_MAX:
            half = len(times) // 2
            self._blocks[block : block + 1] = [
                (times[:half], amounts[:half]),
                (times[half:], amounts[half:]),
            ]
            self._firsts.insert(block + 1, times[half])
            self._most[block : block + 1] = [max(amounts[:half]), max(amounts[half:])]

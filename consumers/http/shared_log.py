"""Keep the latest messages for all subscribers: each of them only has a place in it."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from consumers.http.row_events import Interest, Message
from consumers.http.wire import framed

ROW_BYTES: Final = 512
"""What a row is taken to keep of memory before it is written out for anybody."""
RUN_BYTES_MAX: Final = 256 * 1024
"""What one write may hand to a connection; a single message may be larger."""


class Run(NamedTuple):
    """What brings a subscriber from its place on to another one."""

    chunk: bytes
    """Framed for the wire; empty where nothing on the way concerns it."""
    position: int
    last_id: int | None
    """The position of the last message in it."""


class SharedLog:
    """Messages by position, all of them above `begin` and up to `end`; bounded.

    The newest batch always stays: who has taken all before does not lag, however much comes at
    once.
    """

    def __init__(self, position: int, messages_max: int, bytes_max: int) -> None:
        self.begin = position
        self.end = position
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._messages: list[Message] = []
        self._positions: list[int] = []
        self._sizes: list[int] = []
        self.bytes_kept = 0
        self._runs: dict[tuple[Interest, int], Run] = {}

    def extend(self, messages: Sequence[Message], position: int) -> None:
        """Add the messages that bring the log to a position."""
        self._runs.clear()
        sizes = [max(each.bytes_kept(), ROW_BYTES * len(each.changes)) for each in messages]
        self._trim(len(messages), sum(sizes))
        self._messages += messages
        self._positions += [each.position for each in messages]
        self._sizes += sizes
        self.bytes_kept += sum(sizes)
        self.end = position

    def _trim(self, messages_more: int, bytes_more: int) -> None:
        gone = 0
        count, size = len(self._messages) + messages_more, self.bytes_kept + bytes_more
        while gone < len(self._messages) and (
            count - gone > self._messages_max or size > self._bytes_max
        ):
            size -= self._sizes[gone]
            gone += 1
        if gone:
            self.begin = self._positions[gone - 1]
            self.bytes_kept -= sum(self._sizes[:gone])
            del self._messages[:gone], self._positions[:gone], self._sizes[:gone]

    def holds(self, position: int) -> bool:
        """Tell whether everything above a position is still here, or is yet to come."""
        return self.begin <= position

    def after(self, position: int) -> Sequence[Message]:
        """Return the messages above a position that is held."""
        return self._messages[bisect_right(self._positions, position) :]

    def run(self, interest: Interest, position: int) -> Run:
        """Return what an interest is to be sent from a position on; made once for all there."""
        run = self._runs.get((interest, position))
        if run is None:
            run = self._runs[interest, position] = self._made(interest, position)
        return run

    def _made(self, interest: Interest, position: int) -> Run:
        pieces: list[bytes] = []
        size, last_id = 0, None
        for message in self.after(position):
            told = message.told(interest)
            if told is None:
                continue
            piece = told.as_event()
            if pieces and size + len(piece) > RUN_BYTES_MAX:
                assert last_id is not None
                return Run(framed(b"".join(pieces)), last_id, last_id)
            pieces.append(piece)
            size += len(piece)
            last_id = message.position
        return Run(framed(b"".join(pieces)) if pieces else b"", max(self.end, position), last_id)

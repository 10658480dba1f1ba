"""Let one process at a time move the embedded projections: a lock on a file beside the log."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class EngineLease:
    """The right to run the engine on one SQLite file; ends with the process that holds it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "engine.lock"
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lease if nobody has it; False where another process does."""
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lease back; nothing happens where it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

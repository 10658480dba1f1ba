"""Keep what keys had come to at some of their events, so that a later state is a short replay.

A checkpoint holds the facts of a key, not only what they add up to. It is a cache: without it, or
where it cannot be read, the key's whole history says the same.
"""

import json
import zlib
from collections import OrderedDict
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import Final

import structlog
from pydantic_core import from_json, to_json

from projections.checkpoints_codec import Picture, Unreadable, Unsupported, Writer
from projections.checkpoints_contract import (
    Checkpoint,
    CheckpointStore,
    Folded,
    Kept,
)
from projections.checkpoints_facts import FactReader, FactWriter
from projections.checkpoints_forms import forms
from projections.contract import RowsUnavailable

FORMAT: Final = 1
LEVEL: Final = 1
WARM_BYTES_MAX: Final = 128 * 2**20
"""How many bytes of checkpoints, as they are written, are kept in memory ready to be folded on."""
COUNTS_AS: Final = 3
"""Python's objects take so many times the bytes that they are written in."""

log = structlog.get_logger(__name__)


class Checkpoints:
    """Write and read checkpoints in a store; those used last are kept ready in memory."""

    def __init__(self, store: CheckpointStore, warm_bytes: int = WARM_BYTES_MAX) -> None:
        self._store = store
        self._warm: OrderedDict[tuple[str, str, int], tuple[Picture, int]] = OrderedDict()
        self._warm_bytes = warm_bytes
        self._held = 0
        self._lock = Lock()

    def keep(self, folded: Folded, key: str, kept: Kept) -> bool:
        """Store a state; False where it holds what cannot be written."""
        try:
            body = body_of(kept)
        except Unsupported as unsupported:
            log.error(  # noqa: TRY400  The words say what; where it was says nothing.
                "checkpoints.unsupported", name=folded.name, key=key, error=str(unsupported)
            )
            return False
        self._store.put(fold_of(folded), key, Checkpoint(kept.position, body))
        return True

    def newest(self, folded: Folded, key: str, up_to: int) -> Kept | None:
        """Return the last readable checkpoint at or before a position, a state of its own.

        One that cannot be read is forgotten, and the one before it is tried. None where there is
        none, or where the store is away.
        """
        try:
            return self._newest(folded, key, up_to)
        except RowsUnavailable as away:
            log.warning("checkpoints.store_away", error=str(away))
            return None

    def _newest(self, folded: Folded, key: str, up_to: int) -> Kept | None:
        fold = fold_of(folded)
        while True:
            position = self._store.position_of(fold, key, up_to)
            if not position:
                return None
            try:
                picture = self._picture(fold, key, position)
                if picture is not None:
                    state, ticked, begun = picture.state()
                    return Kept(position, state, ticked, begun)
            except Unreadable as damage:
                log.warning(
                    "checkpoints.unreadable", name=folded.name, key=key, position=position,
                    error=str(damage),
                )  # fmt: skip
                self._forget(fold, key, position)
            up_to = position - 1

    def warm(self) -> int:
        """Return how many checkpoints are kept ready in memory."""
        return len(self._warm)

    def _picture(self, fold: str, key: str, position: int) -> Picture | None:
        at = (fold, key, position)
        with self._lock:
            known = self._warm.get(at)
            if known is not None:
                self._warm.move_to_end(at)
                return known[0]
        checkpoint = self._store.newest(fold, key, position)
        if checkpoint is None or checkpoint.position != position:
            return None
        picture, size = picture_of(checkpoint.body)
        with self._lock:
            if at not in self._warm:
                self._warm[at] = (picture, size)
                self._held += size
            while self._held > self._warm_bytes and len(self._warm) > 1:
                _, (_, gone) = self._warm.popitem(last=False)
                self._held -= gone
        return picture

    def _forget(self, fold: str, key: str, position: int) -> None:
        with self._lock:
            _, size = self._warm.pop((fold, key, position), (None, 0))
            self._held -= size
        self._store.drop(fold, key, position)


def fold_of(folded: Folded) -> str:
    """Return what a checkpoint must have been written by to be read by this code."""
    return f"{folded.name}.v{folded.version}.{_fingerprint()}"


@cache
def _fingerprint() -> str:
    return sha256(f"{FORMAT} {forms().described()}".encode()).hexdigest()[:16]


def body_of(kept: Kept) -> bytes:
    """Return a state as bytes; raises Unsupported."""
    facts = FactWriter()
    columns = Writer(forms(), facts.keep).written([kept.state, kept.ticked, kept.begun])
    places, blocks = facts.written()
    main = zlib.compress(to_json([places, columns]), LEVEL)
    sizes = [len(main), *map(len, blocks)]
    head = json.dumps(sizes, separators=(",", ":")).encode()
    body = b"".join([head, b"\n", main, *blocks])
    return sha256(body).digest()[:8] + body


def picture_of(body: bytes) -> tuple[Picture, int]:
    """Return the state in bytes, and how much memory it is counted as; raises Unreadable."""
    if sha256(body[8:]).digest()[:8] != body[:8]:
        msg = "the checkpoint is damaged: its sum is another"
        raise Unreadable(msg)
    try:
        ends = body.index(b"\n", 8)
        sizes = from_json(body[8:ends])
        at, parts = ends + 1, []
        for size in sizes:
            parts.append(body[at : at + size])
            at += size
        text = zlib.decompress(parts[0])
        places, columns = from_json(text)
    except (ValueError, zlib.error) as error:
        msg = f"the checkpoint is damaged: {error}"
        raise Unreadable(msg) from error
    size = len(text) * COUNTS_AS + len(body)
    return Picture(columns, forms(), FactReader(places, parts[1:]).facts), size

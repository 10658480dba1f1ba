"""Hold the engine's lease to one holder at a time."""

from pathlib import Path

from consumers.lease import EngineLease


def test_one_process_at_a_time_holds_the_lease(tmp_path: Path) -> None:
    first, second = EngineLease(tmp_path), EngineLease(tmp_path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_the_lease_ends_with_its_block(tmp_path: Path) -> None:
    with EngineLease(tmp_path / "home") as lease:
        assert lease.take()
    assert EngineLease(tmp_path / "home").take()

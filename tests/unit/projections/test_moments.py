"""Instants are written with the offset that holds in the project's zone at that minute."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.minutes import instant_of
from projections.moments import Moments

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia")


@given(st.sampled_from(ZONES), st.integers(-30_000_000, 60_000_000))
def test_a_minute_is_written_as_the_library_writes_it(zone: str, minute: int) -> None:
    expected = instant_of(minute).astimezone(ZoneInfo(zone)).isoformat()
    assert Moments(ZoneInfo(zone)).at(minute) == expected


@pytest.mark.parametrize(
    ("minute", "written"),
    [
        (29_579_099, "2026-03-29T01:59:00+01:00"),
        (29_579_100, "2026-03-29T03:00:00+02:00"),
        (29_881_499, "2026-10-25T02:59:00+02:00"),
        (29_881_500, "2026-10-25T02:00:00+01:00"),
    ],
)
def test_the_offset_changes_with_the_clocks(minute: int, written: str) -> None:
    assert Moments(ZoneInfo("Europe/Berlin")).at(minute) == written

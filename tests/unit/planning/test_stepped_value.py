"""Read values that differ by the calendar: which bucket holds, and where it changes."""

from datetime import datetime, time
from decimal import Decimal

from domain.planning.stepped_value import Bucket, Change, SteppedValue


def on(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour)  # noqa: DTZ001  Local times, as on the wall.


TEN, TWENTY, FIVE, NONE = Decimal(10), Decimal(20), Decimal(5), Decimal(0)


def test_of_buckets_that_overlap_the_lowest_number_holds_then_the_one_that_began_last() -> None:
    value = SteppedValue(
        FIVE,
        (
            Bucket(TEN, on(2), priority=3),
            Bucket(TWENTY, on(4), priority=3),
            Bucket(NONE, on(5), on(6), priority=1),
        ),
    )
    assert [value.at(on(day)) for day in (1, 2, 4, 5, 6)] == [FIVE, TEN, TWENTY, NONE, TWENTY]


def test_a_bucket_without_bounds_gives_way_to_one_that_began() -> None:
    value = SteppedValue(FIVE, (Bucket(TEN, on(2)), Bucket(TWENTY)))
    assert [value.at(on(day)) for day in (1, 2)] == [TWENTY, TEN]


def test_days_and_hours_narrow_a_period_down() -> None:
    monday_mornings = Bucket(TEN, on(1), on(11), days=frozenset({1}), since=time(8), until=time(12))
    value = SteppedValue(NONE, (monday_mornings,))
    assert value.forwards(on(1), on(31)) == (
        Change(on(1), NONE),
        Change(on(2, 8), TEN),
        Change(on(2, 12), NONE),
        Change(on(9, 8), TEN),
        Change(on(9, 12), NONE),
    )
    assert value.backwards(on(9, 10), on(1)) == (
        Change(on(9, 10), TEN),
        Change(on(9, 8), NONE),
        Change(on(2, 12), TEN),
        Change(on(2, 8), NONE),
    )


def test_where_nothing_holds_the_default_does() -> None:
    assert SteppedValue(FIVE).forwards(on(1), on(31)) == (Change(on(1), FIVE),)

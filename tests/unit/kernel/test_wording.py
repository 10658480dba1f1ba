"""Hold amounts of money and counted nouns to the words a person reads."""

from decimal import Decimal

import pytest

from domain.kernel.values import Money
from domain.kernel.wording import EXPONENTS, amount_text, counted, money_text


@pytest.mark.parametrize(
    ("minor", "currency", "told"),
    [
        (417_088, "EUR", "4,170.88 EUR"),
        (0, "EUR", "0.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (-100, "EUR", "-1.00 EUR"),
        (-123_456_789, "USD", "-1,234,567.89 USD"),
        (1_500_000, "JPY", "1,500,000 JPY"),
        (-7, "JPY", "-7 JPY"),
        (1_234_567, "KWD", "1,234.567 KWD"),
        (-1, "KWD", "-0.001 KWD"),
        (12_345_678, "CLF", "1,234.5678 CLF"),
        (9_007_199_254_740_991, "EUR", "90,071,992,547,409.91 EUR"),
    ],
)
def test_money_is_told_to_its_minor_unit_in_the_unit_of_its_currency(
    minor: int, currency: str, told: str
) -> None:
    assert money_text(Money(minor=minor, currency=currency)) == told
    assert f"{amount_text(minor, currency)} {currency}" == told


def test_a_currency_that_is_not_listed_has_two_digits() -> None:
    assert set(EXPONENTS.values()) == {0, 3, 4}
    assert amount_text(123, "XYZ") == "1.23"


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 days"),
        (1, "1 day"),
        (-1, "-1 day"),
        (2, "2 days"),
        (Decimal(1), "1 day"),
        (Decimal("1.00"), "1.00 days"),
        (Decimal("1.5"), "1.5 days"),
        ("1", "1 day"),
        ("+1", "+1 day"),
        ("12", "12 days"),
    ],
)
def test_only_one_is_told_in_the_singular(count: int | Decimal | str, told: str) -> None:
    assert counted(count, "day") == told


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(count, "person", "people") for count in (1, 3)] == ["1 person", "3 people"]

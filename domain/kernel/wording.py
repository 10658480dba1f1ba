"""Say amounts of money and counted nouns in words, alike wherever a person reads them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from domain.kernel.values import Money

EXPONENTS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
         "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
"""Digits of the minor unit by currency, where they are not two (ISO 4217)."""

_USUAL_DIGITS: Final = 2


def money_text(money: "Money") -> str:
    """Return money in its currency's own unit, e.g. `4,170.88 EUR`, `-500 JPY`."""
    return f"{amount_text(money.minor, money.currency)} {money.currency}"


def amount_text(minor: int, currency: str) -> str:
    """Return whole minor units as an amount of a currency, e.g. `4,170.88` for 417088 of EUR."""
    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{'-' * (minor < 0)}{whole:,}{f'.{rest:0{digits}}' * (digits > 0)}"


def minor_digits(currency: str) -> int:
    """Return the digits of a currency's minor unit, 2 for one that is not listed (ISO 4217)."""
    return EXPONENTS.get(currency, _USUAL_DIGITS)


def counted(count: "int | Decimal | str", one: str, many: str | None = None) -> str:
    """Return e.g. `1 phase`, `3 phases`, `0 entries`, `1.00 working days`."""
    return f"{count} {one if str(count) in {'1', '-1', '+1'} else many or f'{one}s'}"

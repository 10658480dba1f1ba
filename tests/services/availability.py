"""Decide what becomes of a test whose service is not there: skipped aloud, or failed."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Final, NoReturn

import pytest

PREFIX: Final = "no "
SERVICES: Final = ("kafka", "postgres", "chromium", "strace", "java")


def required(service: str) -> bool:
    """Whether a missing service is a failure.

    `TAKT_SERVICES_REQUIRED=1` asks for all of them, `TAKT_<SERVICE>_REQUIRED=1` for one.
    """
    names = ("TAKT_SERVICES_REQUIRED", f"TAKT_{service.upper()}_REQUIRED")
    return any(os.environ.get(name, "") not in {"", "0"} for name in names)


def absent(service: str, reason: str) -> NoReturn:
    """End the test at hand: skipped, and counted at the end of the run; failed if required."""
    sentence = f"{PREFIX}{service}: {reason}"
    if required(service):
        pytest.fail(f"{sentence} (it is required here)", pytrace=False)
    pytest.skip(sentence)


def skipped_for_want(reasons: Iterable[str]) -> Counter[str]:
    """Count the reasons that `absent` gave, by service."""
    wanted = Counter(dict.fromkeys(SERVICES, 0))
    for reason in reasons:
        service, colon, _ = reason.removeprefix("Skipped: ").removeprefix(PREFIX).partition(":")
        if colon and reason.removeprefix("Skipped: ").startswith(PREFIX) and service.isidentifier():
            wanted[service] += 1
    return wanted

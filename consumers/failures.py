"""Explain what can be expected to go wrong, in a sentence with an exit code."""

from dataclasses import dataclass
from typing import Final

from consumers.file_forms import Lacking
from consumers.kafka.ports import BrokerUnavailable, UnsafeConnection
from consumers.settings import WrongSettings
from domain.kernel.refusals import DomainError, NotAuthorised, Rejected, StaleVersion
from domain.kernel.registry import CatalogueGap
from domain.log.port import LogError, LogUnavailable
from projections.contract import RowsUnavailable
from projections.engine import Forked

NO: Final = 1
WRONG: Final = 2
UNREACHABLE: Final = 3


class WrongInput(Exception):
    """What was given cannot be used as what it should be."""


class ServiceUnreachable(Exception):
    """A service that is needed does not answer."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A failure as a person should read it."""

    sentence: str
    exit_code: int


def explained(error: BaseException) -> Explained | None:
    """Return the explanation of an expected failure, None for a defect."""
    match error:
        case Rejected() | StaleVersion() | NotAuthorised():
            return Explained(f"{error.code}: {error}", NO)
        case DomainError():
            pointer = getattr(error, "pointer", "")
            place = f" at {pointer}" if pointer else ""
            return Explained(f"{error.code}{place}: {error}", WRONG)
        case WrongInput() | WrongSettings() | Lacking():
            return Explained(str(error), WRONG)
        case (
            LogUnavailable()
            | RowsUnavailable()
            | BrokerUnavailable()
            | ServiceUnreachable()
            | ConnectionError()
            | TimeoutError()
        ):
            return Explained(str(error), UNREACHABLE)
        case LogError() | Forked() | UnsafeConnection() | CatalogueGap():
            return Explained(str(error), WRONG)
        case OSError() if error.filename is not None:
            return Explained(f"{error.filename}: {error.strerror}", WRONG)
        case _:
            return None

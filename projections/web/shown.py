"""Say which state of a project a page shows: as it is, as it stood, or what if of a branch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Shown:
    """What a query chose of a project's states; all of it left out is the project as it is."""

    as_of: str | None = None
    """A position of the log, or a time by knowledge."""
    true_at: str | None = None
    """A time: only what was true by then."""
    branch: Mapping[str, Any] | None = None
    """The branch as its document names it."""

    @property
    def is_live(self) -> bool:
        """Whether it is the project as it is, which changes while one looks."""
        return self == Shown()

    @property
    def is_past(self) -> bool:
        """Whether it is a moment before; a branch begins at one, and is looked at from today."""
        return self.branch is None and not self.is_live

    @property
    def sentence(self) -> str:
        """What a page says of it, so that nobody takes a state that is not for the one that is."""
        if self.branch is not None:
            return (
                f"what if: branch {self.branch['title']} ({self.branch['id']}), from position "
                f"{self.branch['base_position']}; none of it has happened"
            )
        known = "" if self.as_of is None else f", as of {self.as_of}"
        true = "" if self.true_at is None else f", what was true at {self.true_at}"
        return f"the past{known}{true}"

    def asked(self, as_of: str = "as_of", *, by_truth: bool = False) -> Mapping[str, str]:
        """Return what a query says to see the same state.

        A page that cannot be asked by truth is shown by knowledge alone. `as_of` is what a page
        calls the moment by knowledge.
        """
        given = {
            as_of: self.as_of,
            "true_at": self.true_at if by_truth else None,
            "branch": None if self.branch is None else self.branch["id"],
        }
        return {name: text for name, text in given.items() if text is not None}


LIVE: Final = Shown()

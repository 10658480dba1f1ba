"""Say what a question about one project is, so that every way in can ask it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final, Literal, TypeAlias

from consumers.failures import WrongInput
from consumers.views import Views
from domain.kernel.messages import Principal

Asked: TypeAlias = Mapping[str, str]
"""The parameters that were given, by name, as they came."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something a question may be told, and in words what it means."""

    name: str
    text: str
    kind: Literal["string", "integer", "boolean"] = "string"


_YES_OR_NO: Final = {"true": True, "false": False}


def yes_or_no(asked: Asked, name: str) -> bool:
    """Return what a parameter says that is true or false; false where it is left out.

    Raises WrongInput for anything else.
    """
    said = _YES_OR_NO.get(asked.get(name, "false"))
    if said is None:
        msg = f"{name} is true or false, not {asked[name]!r}"
        raise WrongInput(msg)
    return said


def whole_number(asked: Asked, name: str, default: int, least: int, most: int) -> int:
    """Return what a parameter says that is a number; raises WrongInput for anything else."""
    text = asked.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)):
        number = int(text)
        if least <= number <= most:
            return number
    msg = f"{name} is a whole number from {least} to {most}, not {text[:40]!r}"
    raise WrongInput(msg)


BRANCH: Final = Parameter("branch", "Id of a branch: what it would be if that was asked for.")


def of_the_house(principal: Principal, asked: Asked) -> bool:
    """Tell whether somebody is no customer and no vendor: he may ask anything of what he sees."""
    del asked
    return principal.is_inside


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one project: `GET /v1/projects/<id>/<name>` answers with the document.

    `answer` may block; it raises WrongInput for parameters that mean nothing, UnknownSubject for
    what is not there. Its document has the log position that it shows under `position`.
    """

    name: str
    summary: str
    answer: Callable[[Views, str, Asked], dict[str, Any]]
    parameters: tuple[Parameter, ...] = ()
    of_branches: bool = True
    """Whether it can be asked of a branch as well, by the parameter `branch`."""
    may_ask: Callable[[Principal, Asked], bool] = of_the_house
    """Whether a principal who may see the project may ask this of it."""

    @property
    def taken(self) -> tuple[Parameter, ...]:
        """What it may be told over HTTP: its parameters, and the branch where it has any."""
        return (*self.parameters, BRANCH) if self.of_branches else self.parameters

    @property
    def path_names(self) -> tuple[str, ...]:
        """What its name has in braces: parts of the path that are given to it by these names."""
        return tuple(field for _, field, _, _ in Formatter().parse(self.name) if field)

"""What may be asked of one branch: open, add, merge, drop."""

from typing import Annotated

from pydantic import Field, JsonValue

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import Name


class BranchCommand(Command):
    """A request on one branch of a project."""

    project_id: Id
    branch_id: Id

    def stream(self) -> str:
        return stream_of("branch", self.branch_id)


class OpenBranch(BranchCommand):
    """Ask what if, of the project as it stands, or as it stood at a position."""

    command_name = "branch.open.v1"

    title: Name
    base_position: Annotated[int, Field(ge=0)] | None = None


class AddBranchRequest(BranchCommand):
    """Let the branch also ask for this: the name and the body of a command on its project."""

    command_name = "branch.add_request.v1"

    command: Name
    data: dict[str, JsonValue]


class MergeBranch(BranchCommand):
    """Decide every request of the branch on the project itself: all of them, or none."""

    command_name = "branch.merge.v1"


class DropBranch(BranchCommand):
    """Let the branch go; what it asked stays to be read."""

    command_name = "branch.drop.v1"


COMMANDS: tuple[type[Command], ...] = (OpenBranch, AddBranchRequest, MergeBranch, DropBranch)

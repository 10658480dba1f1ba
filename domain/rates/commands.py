"""What may be asked of a skill's rate."""

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import CalendarDate, Cost


class ChangeRate(Command):
    """Let an hour of a skill cost so much from a day on, in every project."""

    command_name = "rate.change.v1"

    skill_id: Id
    valid_from: CalendarDate
    rate: Cost

    def stream(self) -> str:
        return stream_of("rate", self.skill_id)


COMMANDS: tuple[type[Command], ...] = (ChangeRate,)

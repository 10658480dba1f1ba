"""Judge what is dear to judge once a week of data dates, however many events a week has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.projects.events import BaselineApproved, DataDateAdvanced

WEEK: Final = timedelta(weeks=1)


@dataclass(slots=True)
class Weekly:
    """The data date at which something was judged last."""

    last: datetime | None = None
    _is_due: bool = False

    def is_due(self, recorded: Recorded[Any], *, more: bool) -> bool:
        """Tell whether it is judged now.

        It is at the first data date, once one is a week beyond the last it was judged at, and when
        a baseline is approved; at the last event of that message.
        """
        match recorded.event:
            case DataDateAdvanced(data_date=at) if self.last is None or at >= self.last + WEEK:
                self.last, self._is_due = at, True
            case BaselineApproved():
                self._is_due = True
            case _:
                pass
        if more or not self._is_due:
            return False
        self._is_due = False
        return True

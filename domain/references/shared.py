"""Tell shared subjects from those of a project, and read what a project recorded of them.

A project's folds see only events that name it. What happens to a shared subject is recorded once in
each project that uses it (`project.reference_changed.v1`), content included; `unwrapped` gives it
back as if the event itself had named the project, so that no fold mentions it.
"""

import json
from typing import Any, Final

from domain.calendars.events import EVENTS as CALENDAR_EVENTS
from domain.items.events import EVENTS as ITEM_EVENTS
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.kernel.registry import Registry
from domain.projects.events import ProjectReferenceChanged
from domain.rates.events import EVENTS as RATE_EVENTS
from domain.resources.events import EVENTS as RESOURCE_EVENTS

SHARED_CATEGORIES: Final = ("calendar", "item", "rate", "resource")
"""What a project's schedule and rules must know; a stream of one id is nobody's own."""

_CONTENTS: Final = Registry((*CALENDAR_EVENTS, *ITEM_EVENTS, *RATE_EVENTS, *RESOURCE_EVENTS))


def is_shared(stream: str) -> bool:
    """Tell whether a stream is of a subject that projects share: `calendar-std`, `rate-fitter`."""
    category, ids = subject_of(stream)
    return category in SHARED_CATEGORIES and len(ids) == 1


def unwrapped(recorded: Recorded[Any]) -> Recorded[Any]:
    """Return what happened to a shared subject in place of the record of it; others as they are.

    It is true since it was true of the subject, and known at the position it was recorded at. Its
    stream and version are the subject's.
    """
    event = recorded.event
    if not isinstance(event, ProjectReferenceChanged):
        return recorded
    model, data = _CONTENTS.upcast(event.content_type, dict(event.content))
    content = model.model_validate_json(json.dumps(data))
    stream, _, version = event.cause.rpartition(":")
    envelope = recorded.envelope.model_copy(update={"effective_at": event.effective_at})
    return Recorded(content, envelope, stream, int(version), recorded.position)

"""Working calendars of a project: weekly windows and dated exceptions, decided by people."""

"""Keep the event log: the one place that knows the eventsourcing library and its databases."""

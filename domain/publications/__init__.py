"""What was published of a project: schedules and status reports, each of a position of the log."""

"""One department's progress report on a project for one period, and the schedule it is due by."""

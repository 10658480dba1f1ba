"""A project as a whole: its identity, what was promised of it, its data date, baseline and hold."""

"""How vendors promised, moved and kept the dates of a project's order lines."""

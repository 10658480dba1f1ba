"""When phases will probably be done, from what was planned and what came of it."""

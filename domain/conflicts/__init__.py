"""One thing that does not fit: found by a rule or raised by hand, owned, decided, closed."""

"""Hold the words every part of the domain shares: messages, envelope, decider, ids, units, time."""

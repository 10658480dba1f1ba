"""Take in what comes from outside and hand it to the core, whatever door it came through."""

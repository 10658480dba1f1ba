"""Hold what Takt knows about production projects, apart from any database, broker or screen."""

"""Hold what a project's events say about its network, ready to be scheduled."""

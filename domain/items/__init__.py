"""One item of a project: its stock as counted and moved, its reservations, how it is planned."""

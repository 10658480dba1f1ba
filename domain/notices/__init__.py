"""One notice: what changed for whom and why, whether it arrived, and whether it was read."""

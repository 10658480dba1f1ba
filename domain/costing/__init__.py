"""What a project's phases were to cost, have cost and have earned, as of a moment."""

"""What one phase needs of one item: how much, in which unit, and how long before its start."""

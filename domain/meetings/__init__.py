"""One meeting: why it is needed, who must be there prepared, what was decided, who does what."""

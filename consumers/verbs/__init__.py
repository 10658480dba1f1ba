"""The verbs of `takt` that have a file of their own, and what all verbs share."""

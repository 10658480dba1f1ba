"""Disputes of the reason, or of the responsible party, that one recorded event names."""

"""Schedules that keep to the capacity of resources: proposals with reasons, never facts."""

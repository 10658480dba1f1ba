"""A department of the plant: who leads it, and who may act for it on a day."""

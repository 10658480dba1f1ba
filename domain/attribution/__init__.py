"""Why a date is what it is, and who moved it by how much: pure functions of a network's history."""

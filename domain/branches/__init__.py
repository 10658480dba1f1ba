"""A what-if: a base position and the requests somebody would make, nothing else."""

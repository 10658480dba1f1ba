"""The network of a project: phases, links, constraints, deadlines, gates, completion dates."""

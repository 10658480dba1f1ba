"""Show Takt at work: a believable project, and the weeks of a plant played in minutes."""

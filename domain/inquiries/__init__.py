"""One question somebody asked about a project: who answers it, on what evidence, to whom."""

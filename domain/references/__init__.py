"""What projects share, which of it a project uses, and how it stands in a project's history."""

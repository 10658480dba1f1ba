"""People and machines a project uses: their department, capacity and outages."""

"""Plan a project's material: needs from its schedule, stock, orders, shortages and their causes."""

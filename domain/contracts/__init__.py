"""One contract with a customer, vendor or contractor: its clauses, its review, its signature."""

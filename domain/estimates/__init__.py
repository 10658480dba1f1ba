"""What one phase is estimated to take and to cost, what was budgeted for it, and what it took."""

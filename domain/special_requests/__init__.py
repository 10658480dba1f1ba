"""One special request or change request of a customer: found, assessed, approved, applied, told."""

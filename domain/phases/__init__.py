"""The execution of one phase: released, started, progressed, interrupted, finished, reopened."""

"""Hold the pure planning algorithms: plain values in and out, whole minutes, no clock."""

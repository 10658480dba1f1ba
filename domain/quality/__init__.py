"""Judge a schedule's quality by the fourteen checks of the DCMA."""

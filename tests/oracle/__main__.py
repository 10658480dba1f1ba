"""Write the page of agreement: `python -m tests.oracle [networks of each class]`."""

import sys
from importlib.metadata import version

from tests.oracle.table import DIALECTS, agreements, write

SEEDS = 200

if __name__ == "__main__":
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    write({each: list(agreements(each, seeds)) for each in DIALECTS}, version("mpxj"))

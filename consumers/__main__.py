"""Run `takt` as `python -m consumers`."""

from consumers.cli import main

main()

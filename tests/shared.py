"""Say where the published cases lie: beside the repository, or where `TAKT_SHARED` says."""

import os
from pathlib import Path
from typing import Final

SHARED: Final = Path(os.environ.get("TAKT_SHARED", Path(__file__).parents[2] / "shared"))

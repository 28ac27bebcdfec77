"""The clock of the round's routes: use cases are given their instant, so that deadlines can be tried on any day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Depends


def present() -> dt.datetime:
    """The present instant, UTC."""
    return dt.datetime.now(dt.UTC)


Now = Annotated[dt.datetime, Depends(present)]
"""Parameter type of every route whose answer depends on a deadline."""

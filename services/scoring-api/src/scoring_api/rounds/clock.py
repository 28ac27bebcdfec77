"""The clock of the round's routes: use cases are given their instant, so that deadlines can be tried on any day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Depends, Request


def utc_now() -> dt.datetime:
    """The present instant, UTC: what `app.state.clock` is unless a test moves its own."""
    return dt.datetime.now(dt.UTC)


def present(request: Request) -> dt.datetime:
    """The instant of the application's clock, UTC."""
    now: dt.datetime = request.app.state.clock()
    return now


Now = Annotated[dt.datetime, Depends(present)]
"""Parameter type of every route whose answer depends on a deadline."""

"""Instants as senders write them: ISO 8601 or yyyyMMddHHmmss; without an offset they mean +07:00."""

from __future__ import annotations

import datetime as dt
import functools
import re

AHEAD = dt.timedelta(minutes=5)
"""A device's clock may run this much ahead."""
OLDEST = dt.timedelta(days=400)
"""Older answers need the scope `backfill`."""

_COMPACT = re.compile(r"\d{14}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|z|[+-]\d{2}(:?\d{2})?)?", re.ASCII)
_LONGEST = 64
"""Of an instant as text, blanks included: no cache keeps whatever is sent."""
_VIETNAM = dt.timezone(dt.timedelta(hours=7))
"""The contract's +07:00 for every year; the civil zone of before 1975 is none of ours."""
SENTINEL = "0000-00-00"
"""`0000-00-00T00:00:00.000+0700` is what the older hub schema writes for 'no date'."""


def instant(text: str) -> dt.datetime | None:
    """The instant (UTC) that a text means, or None where it cannot be read as one."""
    return _instant(text) if len(text) <= _LONGEST else None


@functools.lru_cache(maxsize=65536)
def _instant(text: str) -> dt.datetime | None:
    text = text.strip()
    try:
        if _COMPACT.fullmatch(text):
            local = dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=_VIETNAM)
        elif _ISO.fullmatch(text):
            local = dt.datetime.fromisoformat(text.replace(",", ".").replace("z", "Z"))
            if local.tzinfo is None:
                local = local.replace(tzinfo=_VIETNAM)
        else:
            return None
        moment = local.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year <= 9000 else None

"""What is not kept for ever: free texts, 24 months after their receipt. Run by the owner, daily, as `parindex retain`.

Responses themselves are kept (docs/decisions/0012): everything that was published is counted again from them.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, text

from parindex.db.migrate import month_after, text_partitions

RETAIN_TEXT_MONTHS = 24

_OUTSIDE = "DELETE FROM response_text_default WHERE received_at < :before"
_QUARANTINED = """
UPDATE quarantine SET body = body - 'comment' || CASE WHEN body ? 'answers' THEN jsonb_build_object('answers',
    (SELECT coalesce(jsonb_agg(answer - 'text' ORDER BY place), '[]')
     FROM jsonb_array_elements(body -> 'answers') WITH ORDINALITY AS given(answer, place))) ELSE '{}' END
WHERE received_at < :before AND (body ? 'comment' OR jsonb_path_exists(body, '$.answers[*].text'))
"""


def retain(connection: Connection, today: dt.date) -> list[str]:
    """Drops the free texts received before the month 24 months ago, wherever they lie. Returns what was done, in sentences.

    Whole months of response_text are dropped with their partition; texts that no partition was made for and those
    inside quarantined items (whose other fields stay, with the digest that claims their id) are erased. May run twice.
    """
    first = month_after(today.replace(day=1), -RETAIN_TEXT_MONTHS)
    kept = f"response_text_{first:%Y_%m}"
    expired = sorted(name for name in text_partitions(connection) if name < kept and name != "response_text_default")
    for name in expired:
        connection.execute(text(f"DROP TABLE {name}"))
    done = [f"dropped {name}" for name in expired]
    before = {"before": dt.datetime.combine(first, dt.time(), dt.timezone(dt.timedelta(hours=7)))}
    for statement, what in ((_OUTSIDE, "texts outside any month's partition"), (_QUARANTINED, "quarantined items")):
        if rows := connection.execute(text(statement), before).rowcount:
            done.append(f"erased the free text of {rows} {what}")
    return done

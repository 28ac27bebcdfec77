"""What is not kept for ever: free texts for 24 months, sessions that ended and messages that were told for 90 days.

Run by the owner, daily, as `parindex retain`: no service may delete any of it. Responses themselves are kept 5 years and
deleted by a command of their own (docs/decisions/0012).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, text

from parindex.db.migrate import month_after, text_partitions

RETAIN_TEXT_MONTHS = 24
RETAIN_ENDED_DAYS = 90
"""Of a sign-in after its end (who signed in when stands in the events of the door), and of a delivered webhook message."""

_OUTSIDE = "DELETE FROM response_text_default WHERE received_at < :before"
_QUARANTINED = """
UPDATE quarantine SET body = body - 'comment' || CASE WHEN body ? 'answers' THEN jsonb_build_object('answers',
    (SELECT coalesce(jsonb_agg(answer - 'text' ORDER BY place), '[]')
     FROM jsonb_array_elements(body -> 'answers') WITH ORDINALITY AS given(answer, place))) ELSE '{}' END
WHERE received_at < :before AND (body ? 'comment' OR jsonb_path_exists(body, '$.answers[*].text'))
"""


_SIGN_INS = "DELETE FROM sign_in WHERE least(ended_at, expires_at) < :before"
_DELIVERIES = """
DELETE FROM webhook_delivery d USING webhook_delivery told
WHERE told.tenant_id = d.tenant_id AND told.endpoint_id = d.endpoint_id AND told.change_no = d.change_no
  AND told.state = 'delivered' AND told.updated_at < :before
  AND NOT EXISTS (SELECT FROM webhook_delivery later
                  WHERE later.tenant_id = d.tenant_id AND later.endpoint_id = d.endpoint_id AND later.change_no = d.change_no
                    AND (later.state = 'waiting' OR later.updated_at >= :before))
"""
"""With every earlier attempt at the same change: a dead letter that a replay delivered must not come to life again."""


def retain(connection: Connection, today: dt.date) -> list[str]:
    """Drops what need not be kept any longer. Returns what was done, in sentences.

    Free texts go that were received before the month 24 months ago, wherever they lie.

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
    ended = today - dt.timedelta(days=RETAIN_ENDED_DAYS)
    before = {"before": dt.datetime.combine(ended, dt.time(), dt.timezone(dt.timedelta(hours=7)))}
    for statement, what in ((_SIGN_INS, "ended sign-ins"), (_DELIVERIES, "delivered webhook messages")):
        if rows := connection.execute(text(statement), before).rowcount:
            done.append(f"removed {rows} {what}")
    return done

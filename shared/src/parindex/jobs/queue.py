"""The one place that knows arq: job names, payloads with a version, JSON instead of pickle, connections."""

from __future__ import annotations

import json
from typing import Any, Literal

from arq.connections import ArqRedis, RedisSettings
from pydantic import BaseModel, ConfigDict, Field

from parindex.errors import Invalid

QUEUE = "parindex"
MERGE = "merge"
CLOSE_PERIODS = "close_periods"
RECONCILE = "reconcile"
CONNECT_SECONDS = 1


class MergeBell(BaseModel):
    """Payload of `merge`: nothing but "there may be deltas". What is due is computed from rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    rung_by: str = Field(max_length=64)
    """Service that rang, for the log."""
    request_id: str = Field(default="", max_length=64)
    """The first request that this ring announces, so that one id is found in the logs of both services."""


def serialize(value: dict[str, Any]) -> bytes:
    """A job as JSON bytes; what JSON does not know (an exception in a result) is written as text."""
    return json.dumps(value, default=str, ensure_ascii=False).encode()


def deserialize(raw: bytes) -> dict[str, Any]:
    """The job that `serialize` wrote."""
    job: dict[str, Any] = json.loads(raw)
    return job


def redis_settings(url: str) -> RedisSettings:
    """Connection settings of arq for a `redis://` URL: one quick attempt; whoever needs more loops himself.

    Raises Invalid for what is no such URL; what was given is not repeated, as it may hold a password.
    """
    try:
        settings = RedisSettings.from_dsn(url.strip())
    except (RuntimeError, ValueError):
        raise Invalid(
            "REDIS_URL cannot be read.", code="setting_invalid", hint="Expected: redis://:password@host:port/0."
        ) from None
    settings.conn_timeout = CONNECT_SECONDS
    settings.conn_retries = 0
    return settings


def lazy_pool(url: str) -> ArqRedis:
    """A pool that connects at first use, so that a process starts while Redis is down."""
    settings = redis_settings(url)
    return ArqRedis(
        job_serializer=serialize,
        job_deserializer=deserialize,
        default_queue_name=QUEUE,
        host=settings.host,
        port=settings.port,
        db=settings.database,
        username=settings.username,
        password=settings.password,
        ssl=settings.ssl,
        unix_socket_path=settings.unix_socket_path,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=CONNECT_SECONDS,
    )

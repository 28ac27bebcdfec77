"""JSON log lines with the request id; one line an event, on standard output. No citizen's personal data ever enters one."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import structlog

from parindex.db.session import Database
from parindex.settings import Service

_encode = msgspec.json.Encoder(enc_hook=str).encode


def _render(_logger: Any, _name: str, event: Any) -> bytes:
    return _encode(event)


def configure_logging(service: str, level: str = "INFO") -> None:
    """Sets up structlog and the standard library's loggers of this process. Call once, at the entry point."""
    threshold = logging.getLevelNamesMapping()[level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, _render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                lambda *a: _render(*a).decode(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(threshold, logging.WARNING))


def get_logger() -> Any:
    """A structlog logger."""
    return structlog.get_logger()


def say_whether_roles_are_separated(database: Database, service: Service) -> None:
    """Warns where a service works with the owner's login and SET ROLE: then nothing but its own code keeps it to its tables."""
    if not database.separated:
        get_logger().warning(
            "roles_not_separated",
            service=service,
            hint=f"{service.replace('-', '_').upper()}_DATABASE_URL is not set: SET ROLE is used, separation is not enforced.",
        )

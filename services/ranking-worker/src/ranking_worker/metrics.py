"""What the worker tells Prometheus. Alarms: mismatches above 0, errors that keep rising, lag above some seconds."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 10)


class Metrics:
    """The worker's instruments, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.merged = Counter("parindex_worker_merged_deltas_total", "Delta rows merged", registry=registry)
        self.merge_seconds = Histogram(
            "parindex_worker_merge_seconds", "Time of one merge", registry=registry, buckets=_SECONDS
        )
        self.recompute_seconds = Histogram(
            "parindex_worker_recompute_seconds", "Time of one recompute", registry=registry, buckets=_SECONDS
        )
        self.tables = Counter("parindex_worker_tables_total", "League tables written", registry=registry)
        self.index_runs = Counter(
            "parindex_worker_index_runs_total", "Tables of assessment rounds stored", registry=registry
        )
        self.editions = Counter("parindex_worker_editions_total", "Editions published", registry=registry)
        self.visible_seconds = Histogram(
            "parindex_worker_visible_seconds",
            "From recording to the table that shows it, oldest delta of a cycle",
            registry=registry,
            buckets=_SECONDS,
        )
        self.lag_seconds = Gauge(
            "parindex_worker_lag_seconds", "Age of the oldest delta not yet merged", registry=registry
        )
        self.cycle_at = Gauge(
            "parindex_worker_cycle_timestamp_seconds", "When the last cycle ended well", registry=registry
        )
        self.mismatches = Gauge(
            "parindex_worker_reconciliation_mismatches",
            "Counts that a recount found wrong: an alarm when above 0",
            ["realm"],
            registry=registry,
        )
        self.reconciled_at = Gauge(
            "parindex_worker_reconciliation_timestamp_seconds",
            "When the last recount ended",
            ["realm"],
            registry=registry,
        )
        self.dossiers = Counter("parindex_worker_dossiers_total", "Dossiers counted", registry=registry)
        self.dossier_lag_seconds = Gauge(
            "parindex_worker_dossier_lag_seconds", "Age of the oldest dossier not yet counted", registry=registry
        )
        self.closed = Counter("parindex_worker_periods_closed_total", "Periods closed", registry=registry)
        self.deliveries = Gauge(
            "parindex_worker_webhook_deliveries", "Deliveries that wait, and dead ones", ["state"], registry=registry
        )
        self.delivery_attempts = Counter(
            "parindex_worker_webhook_attempts_total",
            "Attempts to deliver: delivered, failed (tried again later), dead, stopped (410)",
            ["outcome"],
            registry=registry,
        )
        self.portal_calls = Counter(
            "parindex_worker_portal_calls_total",
            "Calls to the national portal by what came of them",
            ["profile", "operation", "outcome"],
            registry=registry,
        )
        self.outbox = Gauge(
            "parindex_worker_portal_outbox", "Items of the outbox by state", ["state"], registry=registry
        )
        self.attention = Gauge(
            "parindex_worker_portal_attention", "Things of the portal that a person must look at", registry=registry
        )
        self.errors = Counter(
            "parindex_worker_errors_total", "Cycles that failed and are tried again", ["loop"], registry=registry
        )
        self.redis_up = Gauge("parindex_worker_redis_up", "1 while the doorbell is heard", registry=registry)

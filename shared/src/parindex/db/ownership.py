"""Who may do what to which table: one writing role per table. Grants, `deploy/roles.sql` and a test come from this file.

The exceptions are the queues `response_delta` and `dossier_touched`: survey-ingest inserts, ranking-worker deletes. Only the owner of the
schema creates and drops partitions.
"""

from __future__ import annotations

ROLES = {
    "survey-ingest": "parindex_survey_ingest",
    "scoring-api": "parindex_scoring_api",
    "ranking-worker": "parindex_ranking_worker",
}

_REGISTER = {
    "unit": "INSERT UPDATE DELETE",
    "unit_name": "INSERT UPDATE DELETE",
    "unit_code": "INSERT UPDATE DELETE",
    "unit_parent": "INSERT UPDATE DELETE",
    "unit_block": "INSERT UPDATE DELETE",
    "unit_lineage": "INSERT UPDATE DELETE",
    "procedure": "INSERT UPDATE",
    "register_load": "INSERT",
    "work_calendar_day": "INSERT UPDATE DELETE",
    "procedure_detail": "INSERT",
}

WRITES: dict[str, dict[str, str]] = {
    "survey-ingest": {
        "tenant": "INSERT UPDATE",
        "principal": "INSERT",
        "sending_system": "INSERT UPDATE",
        "credential": "INSERT UPDATE",
        "credential_event": "INSERT",
        "access_token": "INSERT DELETE",
        "instrument_version": "INSERT",
        "receipt": "INSERT",
        "response": "INSERT",
        "response_text": "INSERT",
        "response_change": "INSERT",
        "slot": "INSERT UPDATE DELETE",
        "response_delta": "INSERT",
        "refusal": "INSERT",
        "quarantine": "INSERT",
        "quarantine_outcome": "INSERT",
        "batch_answer": "INSERT DELETE",
        "exposure": "INSERT",
        "device_state": "INSERT UPDATE",
        "quality_finding": "INSERT",
        "dossier_receipt": "INSERT",
        "dossier_version": "INSERT",
        "dossier_step": "INSERT",
        "dossier_touched": "INSERT",
        "petition_count": "INSERT",
    },
    "ranking-worker": {
        **_REGISTER,
        "imported_table": "INSERT",
        "imported_row": "INSERT",
        "published_figure": "INSERT",
        "response_delta": "DELETE",
        "purged_count": "INSERT UPDATE",
        "response_purge": "INSERT",
        "rollup": "INSERT UPDATE DELETE",
        "rollup_procedure": "INSERT UPDATE DELETE",
        "tally": "INSERT UPDATE DELETE",
        "due": "INSERT DELETE",
        "unit_result": "INSERT UPDATE DELETE",
        "league_table": "INSERT UPDATE DELETE",
        "period_closing": "INSERT",
        "worker_state": "INSERT UPDATE",
        "reconciliation": "INSERT",
        "index_result": "INSERT",
        "index_run": "INSERT",
        "edition_draft": "INSERT",
        "edition": "INSERT",
        "edition_inputs": "INSERT",
        "signing_key": "INSERT",
        "change_entry": "INSERT",
        "moved_table": "INSERT DELETE",
        "webhook_delivery": "INSERT UPDATE",
        "webhook_cursor": "INSERT UPDATE",
        "dossier_touched": "DELETE",
        "dossier_counted": "INSERT UPDATE DELETE",
        "dossier_rollup": "INSERT UPDATE DELETE",
        "dossier_figures": "INSERT",
        "dossier_restatement": "INSERT",
        "portal_snapshot": "INSERT",
        "portal_metric": "INSERT",
        "portal_entry": "INSERT UPDATE DELETE",
        "portal_catalogue_change": "INSERT",
        "portal_state": "INSERT UPDATE",
        "portal_attention": "INSERT",
        "portal_reconciliation": "INSERT",
        "outbox": "INSERT UPDATE",
        "outbox_attempt": "INSERT",
        "outbox_answer": "INSERT DELETE",
    },
    "scoring-api": {
        "framework_draft": "INSERT UPDATE",
        "framework_version": "INSERT",
        "framework_event": "INSERT",
        "person": "INSERT UPDATE",
        "person_secret": "INSERT UPDATE",
        "person_identity": "INSERT DELETE",
        "person_role": "INSERT UPDATE",
        "sign_in": "INSERT UPDATE",
        "sign_in_event": "INSERT",
        "assessment_round": "INSERT",
        "round_unit": "INSERT",
        "round_field": "INSERT",
        "round_event": "INSERT",
        "round_state": "INSERT UPDATE",
        "round_cell": "INSERT UPDATE DELETE",
        "evidence": "INSERT",
        "evidence_content": "INSERT UPDATE",
        "evidence_erasure": "INSERT",
        "evidence_access": "INSERT",
        "publication": "INSERT",
        "publication_event": "INSERT",
        "appeal": "INSERT",
        "appeal_event": "INSERT",
        "appeal_late_right": "INSERT",
        "appeal_evidence": "INSERT",
        "webhook_endpoint": "INSERT UPDATE",
        "webhook_replay": "INSERT",
    },
}

_PEOPLE_AND_EVIDENCE = frozenset(
    {
        "person_secret",
        "person_identity",
        "sign_in",
        "sign_in_event",
        "evidence_content",
        "evidence_access",
        "appeal_evidence",
    }
)

UNREADABLE: dict[str, frozenset[str]] = {
    "survey-ingest": _PEOPLE_AND_EVIDENCE | {"webhook_endpoint", "outbox_answer"},
    "ranking-worker": frozenset({"access_token", "credential", "response_text", "batch_answer"}) | _PEOPLE_AND_EVIDENCE,
    "scoring-api": frozenset({"response_text", "batch_answer", "quarantine", "outbox_answer"}),
}
"""Tables that a service may not even read."""


def writers_of(table: str) -> list[str]:
    """Services that may write the table, in the order of `WRITES`."""
    return [service for service, tables in WRITES.items() if table in tables]


def grant_statements(tables: list[str]) -> list[str]:
    """GRANT statements for the given tables; may run twice. Raises KeyError for a table that nobody owns."""
    statements = [f"GRANT USAGE ON SCHEMA public TO {', '.join(ROLES.values())}"]
    for table in sorted(tables):
        if not writers_of(table):
            raise KeyError(f"table {table} has no writer: add it to WRITES in parindex/db/ownership.py")
        for service, role in ROLES.items():
            statements.append(f"REVOKE ALL ON {table} FROM {role}")
            privileges = WRITES[service].get(table, "").split()
            if table not in UNREADABLE[service]:
                privileges.insert(0, "SELECT")
            if privileges:
                statements.append(f"GRANT {', '.join(privileges)} ON {table} TO {role}")
    return statements

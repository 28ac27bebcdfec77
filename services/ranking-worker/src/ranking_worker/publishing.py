"""The worker's step that keeps drafts up to date and publishes what two persons approved."""

from __future__ import annotations

from parindex.db.session import Database
from parindex.web.logs import get_logger
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.metrics import Metrics
from ranking_worker.publish import RefusalBook, publish_approved
from ranking_worker.registers import RegisterCache
from ranking_worker.signing_keys import signing_key
from ranking_worker.table_changes import announce_moved_tables


class Publishing:
    """What this process remembers between looks; everything that matters is in rows."""

    def __init__(self, database: Database, registers: RegisterCache, key_file: str, metrics: Metrics) -> None:
        self._database, self._registers, self._key_file, self._metrics = database, registers, key_file, metrics
        self._drafts, self._refused = DraftBook(), RefusalBook()
        self._log = get_logger()

    async def step(self) -> bool:
        """Builds the drafts that are due, then publishes what is approved."""
        for draft in await build_drafts(self._database, self._registers, self._drafts):
            self._log.info(
                "draft_built",
                tenant=draft.tenant_id,
                publication=draft.publication_id,
                draft=draft.draft_no,
                body_sha256=draft.body_sha256,
            )
        for one in await publish_approved(self._database, signing_key(self._key_file), self._refused):
            if one.edition_no is None:
                self._log.warning(
                    "publication_refused",
                    tenant=one.tenant_id,
                    publication=one.publication_id,
                    reasons=[finding.code for finding in one.findings],
                )
                continue
            self._metrics.editions.inc()
            self._log.info(
                "edition_published",
                tenant=one.tenant_id,
                publication=one.publication_id,
                edition=one.edition_no,
                sha256=one.sha256,
            )
        return False

    async def announce(self) -> bool:
        """Puts provisional tables that moved into the change feed."""
        await announce_moved_tables(self._database, self._registers)
        return False

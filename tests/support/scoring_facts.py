"""Rows as the worker leaves them: results, league tables and rollups made by the engine from counts given by a test."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from parindex.engine.aggregate import merge
from parindex.engine.digest import sha256
from parindex.engine.period import Period
from parindex.engine.result import unit_result
from parindex.engine.table import Heading, Member, league_table, size
from parindex.frameworks.policy_files import load_policies
from parindex.instruments.catalogue import Instrument
from parindex.instruments.counting import questionnaire_of

H99, H98 = 990_000, 980_000
DEPARTMENTS = tuple(range(990_001, 990_009))
COMMUNES = tuple(range(990_101, 990_125))
AS_OF = dt.datetime(2026, 2, 1, 3, 4, 5, tzinfo=dt.UTC)
Answers = Mapping[int, int]
"""Answer code of the one item of KIOSK3 (5, 4, 2; below 0 as the counts have it) -> how many."""


def kiosk(answers: Answers) -> dict[tuple[int, int], tuple[int, Decimal, Decimal]]:
    """Counts of KIOSK3 responses."""
    return columns({1: answers}, sum(answers.values()))


def columns(by_column: Mapping[int, Answers], responses: int) -> dict[tuple[int, int], tuple[int, Decimal, Decimal]]:
    """Counts of responses by answer column; what is missing in a column was not answered."""
    cells = {(0, 0): (responses, Decimal(responses), Decimal(responses))}
    for column, answers in by_column.items():
        missing = responses - sum(answers.values())
        for code, n in {**answers, **({-3: missing} if missing else {})}.items():
            cells[column, code] = (n, Decimal(n), Decimal(n))
    return cells


class Facts:
    """Writes what the worker would have written for one questionnaire in one realm."""

    def __init__(self, connection: asyncpg.Connection, instrument: Instrument, units: Any, realm: str) -> None:
        self.connection, self.instrument, self.units, self.realm = connection, instrument, units, realm
        self.questionnaire = questionnaire_of(instrument)

    @classmethod
    async def of(
        cls, connection: asyncpg.Connection, registers: Any, code: str = "KIOSK3", realm: str = "synthetic"
    ) -> Facts:
        facts = cls(connection, registers.instruments.latest(code), registers.units, realm)
        await facts.merged(AS_OF)
        return facts

    async def merged(self, as_of: dt.datetime) -> None:
        """The worker's last merge ended then."""
        await self.connection.execute(
            "INSERT INTO worker_state (tenant_id, realm, as_of, merges) VALUES (0, $1, $2, 1) ON CONFLICT (tenant_id, realm) DO UPDATE SET as_of = excluded.as_of",
            self.realm,
            as_of,
        )

    async def month(
        self,
        code: str,
        counts: Mapping[int, Any],
        *,
        state: str = "current",
        scope: int = H99,
        blocks: tuple[str, ...] = ("department", "commune"),
        previous: dict[str, Any] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Results of the units, of the scope and of the nation, and the scope's tables. Returns the tables by block."""
        period = Period.parse(code)
        every = {**counts, scope: merge(counts.values()), 0: merge(counts.values())}
        results = {
            unit_id: unit_result(unit_id, code, self.questionnaire, cells, partial=False)
            for unit_id, cells in every.items()
        }
        for unit_id, document in results.items():
            await self._result(unit_id, code, state, document)
        tables = {
            block: await self._table(period, scope, block, results, state, (previous or {}).get(block), blocks)
            for block in blocks
        }
        await self._table(period, 0, "province", results, state, (previous or {}).get("province"), ("province",))
        return tables

    async def _table(
        self, period: Period, scope: int, block: str, results: Any, state: str, previous: Any, blocks: tuple[str, ...]
    ) -> dict[str, Any]:
        def members(of: str) -> tuple[int, ...]:
            return self.units.members(scope, of, period.last, self.realm, "satisfaction")

        rules = load_policies().on("satisfaction", period.last).rules()
        document = league_table(
            Heading(
                scope, self.units.name(scope, period.last), block, period.code, period.previous.code, partial=False
            ),
            [
                Member(one, self.units.name(one, period.last), self.units.codes(one, period.last), results.get(one))
                for one in members(block)
            ],
            rules,
            previous=previous,
            scope_result=results.get(scope),
            siblings={one: size(results.get(one)) for other in blocks if other != block for one in members(other)},
        )
        await self.connection.execute(
            "INSERT INTO league_table (tenant_id, realm, scope_unit_id, block, instrument_version_id, period, state, as_of, policy, document, sha256)"
            " VALUES ($1, $2, $1, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)"
            " ON CONFLICT (tenant_id, realm, scope_unit_id, block, instrument_version_id, period, state) DO UPDATE SET document = excluded.document, sha256 = excluded.sha256, as_of = excluded.as_of",
            scope, self.realm, block, self.instrument.instrument_version_id, period.code, state, AS_OF, rules.policy, msgspec.json.encode(document).decode(), sha256(document),
        )  # fmt: skip
        return document

    async def _result(self, unit_id: int, period: str, state: str, document: dict[str, Any]) -> None:
        await self.connection.execute(
            "INSERT INTO unit_result (tenant_id, realm, unit_id, instrument_version_id, period, state, as_of, document, sha256) VALUES (0, $1, $2, $3, $4, $5, $6, $7::jsonb, $8)"
            " ON CONFLICT (tenant_id, realm, unit_id, instrument_version_id, period, state) DO UPDATE SET document = excluded.document, sha256 = excluded.sha256, as_of = excluded.as_of",
            self.realm, unit_id, self.instrument.instrument_version_id, period, state, AS_OF, msgspec.json.encode(document).decode(), sha256(document),
        )  # fmt: skip

    async def rollup(self, unit_id: int, day: dt.date, cells: Any, **circumstances: str) -> None:
        """Daily counts of one unit's own responses under the given circumstances."""
        await ensure_tenant(self.connection, H99)
        given = {
            "service_channel": "direct",
            "collected_via": "kiosk",
            "mode": "self",
            "stage": "result",
            "respondent_kind": "citizen",
            **circumstances,
        }
        await self.connection.executemany(
            "INSERT INTO rollup (tenant_id, realm, unit_id, instrument_version_id, local_day, item, code, service_channel, collected_via, mode, stage, respondent_kind, field_base, n, w, w2)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', $13, $14, $15)",
            [
                (H99, self.realm, unit_id, self.instrument.instrument_version_id, day, item, code, given["service_channel"], given["collected_via"], given["mode"], given["stage"],
                 given["respondent_kind"], n, w, w2)
                for (item, code), (n, w, w2) in cells.items()
            ],
        )  # fmt: skip

    async def unmerged(self, unit_id: int, *n: int) -> None:
        """Responses (or withdrawals, below 0) that ingest acknowledged and the worker has not merged, of one procedure each."""
        n = n or (1,)
        await self.connection.execute(
            "INSERT INTO response_delta (tenant_id, realm, unit_id, instrument_version_id, local_day, service_channel, collected_via, mode, stage, respondent_kind, field_base, procedures,"
            " recorded_at, items, codes, n, w, w2) VALUES ($1, $2, $3, $4, '2026-01-15', '', 'kiosk', 'self', 'result', '', '', $5, now(), $6, $7, $8, $9, $9)",
            H99, self.realm, unit_id, self.instrument.instrument_version_id, [f"1.00000{place // 2}" for place in range(2 * len(n))], [0, 1] * len(n), [0, 5] * len(n),
            [one for count in n for one in (count, count)], [Decimal(one) for count in n for one in (count, count)],
        )  # fmt: skip

    async def response(
        self, unit_id: int, response_id: str, day: dt.date, *, system_id: int = 1, withdrawn: bool = False
    ) -> None:
        """One stored response, possibly withdrawn later."""
        await ensure_tenant(self.connection, H99)
        await self.connection.execute(
            "INSERT INTO response (tenant_id, system_id, response_id, realm, receipt_id, position, received_at, recorded_at, answered_at, local_day, unit_id, instrument_version_id, stage,"
            " collected_via, mode, service_channel, respondent_kind, answers, procedure_base, field_base, digest, digest_version)"
            " VALUES ($1, $2, $3, $4, gen_random_uuid(), 0, now(), now(), now(), $5, $6, $7, 'result', 'kiosk', 'self', '', '', '{5}', '', '', '', 1)",
            H99, system_id, response_id, self.realm, day, unit_id, self.instrument.instrument_version_id,
        )  # fmt: skip
        if withdrawn:
            await self.connection.execute(
                "INSERT INTO response_change (tenant_id, change_id, system_id, response_id, realm, kind, delta, reason, received_at, position, recorded_at, credential_id, principal_id)"
                " VALUES ($1, gen_random_uuid(), $2, $3, $4, 'withdrawn', -1, 'test', now(), 0, now(), 'c', 1)",
                H99, system_id, response_id, self.realm,
            )  # fmt: skip


async def ensure_tenant(connection: asyncpg.Connection, tenant_id: int) -> None:
    """The authority that owns the rows."""
    await connection.execute(
        "INSERT INTO tenant (tenant_id, unit_id, name, joined_on) VALUES ($1, $1, 'Tenant', '2026-01-01') ON CONFLICT DO NOTHING",
        tenant_id,
    )


async def bearer(
    connection: asyncpg.Connection,
    *,
    scopes: tuple[str, ...] = ("audit",),
    units: tuple[int, ...] = (H99,),
    realm: str = "synthetic",
) -> dict[str, str]:
    """Authorization header of a new person with a live token."""
    token = f"t{H99}.{secrets.token_urlsafe(32)}"
    credential = f"c{H99}-{secrets.token_hex(4)}"
    await connection.execute(
        "INSERT INTO credential (tenant_id, credential_id, principal_id, system_id, realm, scopes, scope_unit_ids, secret_sha256, created_at) VALUES ($1, $2, 1, NULL, $3, $4, $5, '', now())",
        H99, credential, realm, list(scopes), list(units),
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO access_token (tenant_id, token_sha256, credential_id, issued_at, expires_at) VALUES ($1, $2, $3, now(), now() + interval '1 hour')",
        H99, hashlib.sha256(token.encode()).digest(), credential,
    )  # fmt: skip
    return {"Authorization": f"Bearer {token}"}

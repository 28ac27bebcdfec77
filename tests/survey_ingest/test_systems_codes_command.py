"""`parindex systems codes`: a vendor's own codes are set from strict YAML, checked whole, shown and kept on record."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from parindex.cli.main import app
from parindex.errors import Invalid
from survey_ingest.dossiers.code_map import read_code_map

GOOD = """
TrangThaiHoSo: {"12": "4", 13: 5, "0": null}
LoaiDoiTuong:
  "0": "1"
  "1": "2"
"""
MEANS = {"TrangThaiHoSo": {"12": "4", "13": "5", "0": None}, "LoaiDoiTuong": {"0": "1", "1": "2"}}


def test_a_map_is_read_whole() -> None:
    assert read_code_map(GOOD, "map.yaml") == MEANS


def test_every_fault_of_a_map_is_named_at_once() -> None:
    text = 'TrangThaiHoSo: {"12": "11", "": "4", "4": "4", "04": "5"}\nLoaiHoSo: {"1": "1"}\nKenhThucHien: {}\n'
    with pytest.raises(Invalid) as refused:
        read_code_map(text, "map.yaml")
    assert {(one.code, one.field) for one in refused.value.findings} == {
        ("code_unknown", "TrangThaiHoSo.12"),
        ("code_form", "TrangThaiHoSo."),
        ("code_twice", "TrangThaiHoSo.4"),
        ("field_unknown", "LoaiHoSo"),
        ("wrong_type", "KenhThucHien"),
    }
    with pytest.raises(Invalid, match=r"map\.yaml"):
        read_code_map('TrangThaiHoSo: {"1": "2", "1": "3"}', "map.yaml")


def run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["systems", *arguments], env={"DATABASE_URL": database_url})


@pytest.mark.database
def test_an_operator_sets_and_sees_the_codes_of_a_system(database_url: str, tmp_path: Path) -> None:
    made = run(database_url, "create", "Một cửa lạ", "--unit", "H99", "--realm", "synthetic", "--json")
    client_id = json.loads(made.output)["client_id"]
    assert "The portal's own codes." in run(database_url, "codes", client_id).output
    file = tmp_path / "map.yaml"
    file.write_text(GOOD, "utf-8")
    assert "The map is set." in run(database_url, "codes", client_id, "--file", str(file), "--by", "Phòng CNTT").output
    assert "held already" in run(database_url, "codes", "Một cửa lạ", "--file", str(file)).output
    assert "TrangThaiHoSo  12 -> 4" in run(database_url, "codes", "Một cửa lạ").output
    file.write_text('TrangThaiHoSo: {"12": "99"}', "utf-8")
    refused = run(database_url, "codes", client_id, "--file", str(file))
    assert (refused.exit_code, "TrangThaiHoSo.12" in refused.output) == (2, True)
    assert run(database_url, "codes", "không có").exit_code == 2

    async def stored() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(database_url)
        try:
            return await connection.fetch(
                "SELECT s.dossier_codes::text, e.detail::text FROM sending_system s, credential_event e WHERE e.kind = 'dossier_codes_set'"
            )
        finally:
            await connection.close()

    ((codes, detail),) = asyncio.run(stored())
    assert json.loads(codes) == MEANS
    assert (json.loads(detail)["after"], json.loads(detail)["by"]) == (MEANS, "Phòng CNTT")

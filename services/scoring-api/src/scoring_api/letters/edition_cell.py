"""Explains one figure of a published edition for everybody, from what the edition was computed from.

Public: it ends at inputs and counts. Counts of fewer people than may be shown are withheld, as is a figure that the
edition itself withholds; who entered what, and the evidence, officials see in the round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.numerals import vi
from parindex.engine.read_inputs import read_for
from parindex.engine.score import compile_framework
from parindex.engine.score_document import document
from parindex.engine.small_cells import WORDS
from parindex.errors import NotFound
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from scoring_api.answers import NOTICES, Words
from scoring_api.improve.edition_base import StoredEdition, read_edition, small_surveys
from scoring_api.letters.cell import CellExplanation, CellResult, CellSubject, FrameworkOf, InputLine, TableOf
from scoring_api.letters.input_words import input_lines, origin_line, survey_counts
from scoring_api.letters.subject import framework_of, result_of, subject_of

TOTAL = "total"
"""The code that stands for the whole figure of a unit."""
_SMALL = Words(WORDS["small_cell"]["vi"], WORDS["small_cell"]["en"])
_MEANINGS = {
    "satisfaction": "Tỷ lệ = 100 × số câu trả lời hài lòng / tổng số câu trả lời có nội dung; cộng tử số và mẫu số của các câu hỏi rồi chia một lần.",
    "mean": "Điểm trung bình = 100 × tổng (mức × số câu trả lời) / tổng (mức cao nhất × số câu trả lời).",
    "imported": "Số liệu của cơ quan công bố, giữ nguyên từng chữ số.",
    "round": "Tổng điểm các lĩnh vực, cộng điểm cộng, trừ điểm trừ; chỉ số = tổng điểm / tổng điểm tối đa áp dụng × 100.",
}


async def explain_edition_cell(
    database: Database, tenant_id: int, edition_no: int, unit_id: int, code: str
) -> CellExplanation:
    """The explanation of a component, field, factor, part, or of `total`. Raises NotFound."""
    async with database.connection() as connection:
        edition = await read_edition(connection, tenant_id, edition_no)
        authority = await _authority(connection, edition)
        round_id = await connection.fetchval(
            "SELECT (p.source->>'round_id')::int FROM publication p JOIN edition e USING (tenant_id, publication_id)"
            " WHERE e.tenant_id = $1 AND e.edition_no = $2",
            tenant_id,
            edition_no,
        )
    row = next((one for one in edition.body["rows"] if one["unit_id"] == unit_id), None)
    if row is None:
        raise NotFound(
            f"Đơn vị {unit_id} không có trong ấn bản. / Unit {unit_id} is not in the edition.",
            code="unit_not_in_edition",
            hint="Its rows name the units.",
        )
    return await asyncio.to_thread(_explained, edition, row, code, authority, round_id)


async def _authority(connection: asyncpg.Connection, edition: StoredEdition) -> str:
    name = await connection.fetchval("SELECT name FROM tenant WHERE tenant_id = $1", edition.tenant_id)
    return name or str(edition.body["scope"]["name"])


def _explained(
    edition: StoredEdition, row: Mapping[str, Any], code: str, authority: str, round_id: int | None
) -> CellExplanation:
    body = edition.body
    head: dict[str, Any] = {
        "realm": body["realm"],
        "notice": NOTICES.get(body["realm"]),
        "table": TableOf(
            "edition",
            body["title_vi"],
            body["period"]["code"],
            "published",
            authority,
            {"authority": edition.tenant_id, "edition_no": edition.edition_no, "sha256": edition.sha256, "decision": body["decision"] or ""},
        ),
        "unit_id": row["unit_id"],
        "unit": row["name"],
        "codes": row["codes"],
        "evidence": [],
        "entries": [],
    }  # fmt: skip
    if body["kind"] == "round":
        file = read_framework_json(edition.inputs["framework"], "the edition's framework")
        if any(node.code == code for node in file.framework.walk()):
            return _component(edition, row, code, file, head, round_id)
    return _column(edition, row, code, head)


def _component(
    edition: StoredEdition,
    row: Mapping[str, Any],
    code: str,
    file: FrameworkFile,
    head: dict[str, Any],
    round_id: int | None,
) -> CellExplanation:
    plan = compile_framework(file.framework, edition.inputs["block"])
    if code not in plan.places:
        raise _unknown(code, [one.node.code for one in plan.nodes])
    given = edition.inputs["inputs"].get(str(row["unit_id"]), {})
    inputs = read_for(plan, given)
    node = document(plan, plan.score(inputs, unit=row["name"]), inputs)["nodes"][plan.places[code]]
    own = given.get(code)
    small = code in small_surveys(given, edition.inputs["period"])
    result = result_of(node)
    if small:
        result = CellResult("withheld", None, result.maximum, None, None, _SMALL.vi, _SMALL.en, None)
    origin = None if small else origin_line(own)
    return CellExplanation(
        **head,
        framework=framework_of(file),
        subject=subject_of(file, plan, code, node["declared_maximum"]),
        result=result,
        inputs=[] if small else [*input_lines(plan.nodes[plan.places[code]].node, own), *([origin] if origin else [])],
        input=None if small or own is None else {key: value for key, value in own.items() if key != "from"},
        counts=None if small else survey_counts(own),
        withheld=_SMALL if small else None,
        thread=None if round_id is None else f"/v1/rounds/{round_id}/units/{row['unit_id']}/explanations/{code}",
    )


def _column(edition: StoredEdition, row: Mapping[str, Any], code: str, head: dict[str, Any]) -> CellExplanation:
    """A column of the table (factor, part, dimension), or the whole figure."""
    body, index = edition.body, edition.body["index"]
    columns = {one["code"]: one for one in body["columns"]}
    if code != TOTAL and code not in columns:
        raise _unknown(code, [TOTAL, *columns])
    column = columns.get(code) or {"number": "", "title_vi": index["title_vi"], "title_en": index["title_en"], "maximum": index["maximum"]}  # fmt: skip
    part = row["parts"].get(code) if code != TOTAL else None
    unranked = row["unranked"]
    shown = part["points"] or part["percent"] if part is not None else row["value"]
    withheld = unranked is not None and unranked["code"] in WORDS
    hidden = withheld or (part is not None and shown is None and body["kind"] == "satisfaction")
    counts = (
        None if hidden or body["kind"] != "satisfaction" else {"responses": row["responses"], "method": index["method"]}
    )
    reason = _reason(row, shown) if not hidden else (_SMALL.vi, _SMALL.en)
    return CellExplanation(
        **head,
        framework=FrameworkOf(
            f"{index['code']}@{index['version']}" if index["version"] else index["code"],
            index["title_vi"],
            "",
            body["decision"],
            index["status"],
            index["status_note_vi"],
            index["sha256"],
        ),
        subject=CellSubject(
            code,
            column["number"],
            column["title_vi"],
            column["title_en"],
            index["title_vi"],
            None,
            _MEANINGS["mean" if index["method"] == "mean" else body["kind"]],
            None,
            column["maximum"],
            None,
            "",
            body["policy"]["tie_words"]["vi"],
            [],
        ),
        result=CellResult(
            "withheld" if hidden else "missing" if shown is None else "published",
            None if hidden else part["points"] if part is not None else row["points"],
            part["maximum"] if part is not None else row["maximum"],
            None if hidden else part["percent"] if part is not None else (row["value"] if body["policy"]["ranked_on"] == "percent" else None),
            None if hidden else part["rank"] if part is not None else row["rank"],
            *reason,
            None,
        ),
        inputs=[] if hidden else _lines(body, row, code, part),
        input=None,
        counts=counts,
        withheld=_SMALL if hidden else None,
        thread=None,
    )  # fmt: skip


def _reason(row: Mapping[str, Any], shown: str | None) -> tuple[str, str]:
    if row["unranked"] is not None:
        return row["unranked"]["reason_vi"], row["unranked"]["reason_en"]
    if shown is None:
        return "Chưa có số liệu.", "There is no figure."
    return f"Số đã công bố: {vi(shown)}.", f"As published: {shown}."


def _lines(
    body: Mapping[str, Any], row: Mapping[str, Any], code: str, part: Mapping[str, Any] | None
) -> list[InputLine]:
    """What the figure is made of: the parts of a whole, the printed row, the number of responses."""
    lines = []
    if part is None:
        for column in body["columns"]:
            cell = row["parts"].get(column["code"])
            figure = None if cell is None else cell["points"] or cell["percent"]
            lines.append(InputLine(column["title_vi"], "chưa có số liệu" if figure is None else vi(figure)))
    if body["kind"] == "satisfaction" and row["responses"] is not None:
        lines.append(InputLine("Số phiếu", str(row["responses"])))
    if body["kind"] == "imported":
        if row["printed_rank"] is not None and code == TOTAL:
            lines.append(InputLine("Hạng do cơ quan công bố in", str(row["printed_rank"])))
        lines.append(InputLine("Nguồn", body["source"]))
    return lines


def _unknown(code: str, known: list[str]) -> NotFound:
    return NotFound(
        f"Ấn bản không có cột hoặc tiêu chí {code[:60]!r}. / The edition has no such component or column.",
        code="subject_unknown",
        hint=f"Known: {', '.join(known[:60])}.",
    )

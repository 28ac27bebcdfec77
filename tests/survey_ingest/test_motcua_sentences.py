"""Every finding and error that ingest can raise has its sentence in Vietnamese and its place in the table of error codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import parindex.db.session
import parindex.web.auth
import survey_ingest
from survey_ingest.dossiers.findings import SENTENCES as DOSSIER_SENTENCES
from survey_ingest.motcua.codes import BY_STATUS, ERROR_CODES, WARNING_CODES
from survey_ingest.motcua.lists import error_codes, fixed_codes
from survey_ingest.motcua.names import CODES
from survey_ingest.motcua.sentences import SENTENCES, error_code, in_vietnamese

PACKAGE = Path(survey_ingest.__file__).parent
SPOKEN = [
    *(file for file in PACKAGE.glob("*.py") if file.name not in ("cli.py", "credentials.py", "expose.py")),
    *(PACKAGE / "motcua").glob("*.py"),
    Path(parindex.web.auth.__file__),
    Path(parindex.db.session.__file__),
]
"""What speaks to senders of responses; the operator's commands do not, and exposures exist canonically only."""
ERRORS = {
    "Invalid",
    "Unreadable",
    "Unauthenticated",
    "Forbidden",
    "NotFound",
    "Conflict",
    "TooLarge",
    "TooMany",
    "Unavailable",
}


def raised(tree: ast.Module) -> Iterator[str]:
    """Codes of findings, faults and errors that are written in a module."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        code = node.args[0] if node.func.id in ("Finding", "Fault") and node.args else None
        if node.func.id in ERRORS:
            code = next((word.value for word in node.keywords if word.arg == "code"), None)
        for constant in ast.walk(code) if code is not None else ():
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                yield constant.value


def test_every_code_that_is_raised_has_its_sentence():
    codes = {code for file in SPOKEN for code in raised(ast.parse(file.read_text()))}
    assert {"missing", "id_taken", "back_pressure", "token_invalid", "settlement_invalid"} <= codes
    codes |= {"value_not_taken", "option_unknown", "not_multi_select"}  # of `answer_columns.fill`, which gives tuples
    codes |= {"xml_unreadable", "xml_forbidden", "database_unavailable", "internal_error", "method_not_allowed"}
    assert codes - SENTENCES.keys() == {"setting_invalid"}  # of the operator's, at the start


def test_every_sentence_has_a_row_in_the_table_and_says_what_is_vietnamese():
    rows = {row.code for row in ERROR_CODES}
    assert {sentence.error_code for sentence in SENTENCES.values()} <= rows
    assert set(BY_STATUS.values()) <= rows
    for code, sentence in SENTENCES.items():
        for text in filter(None, (sentence.text, sentence.told)):
            assert re.search(r"[à-ỹđ]", text.lower()), code
            # Old clients take these words for success.
            assert "thành công" not in text, code


def test_every_warning_has_its_own_code_and_sentence():
    assert len(set(WARNING_CODES.values())) == len(WARNING_CODES)
    assert all(SENTENCES[finding].error_code == 0 for finding in WARNING_CODES)


@pytest.mark.parametrize(
    ("code", "field", "english", "vietnamese"),
    [
        (
            "unit_code_closed",
            "unit_code",
            "Code H22.01 was closed before 2025-07-02; its successor Sở Nội vụ was taken.",
            "Mã H22.01 đã đóng trước ngày 2025-07-02; đã quy đổi sang Sở Nội vụ. Hãy gửi mã của đơn vị kế thừa.",
        ),
        ("unit_code_closed", "unit_code", "?", "Mã đơn vị đã đóng; đã quy đổi sang đơn vị kế thừa."),
        (
            "too_long",
            "answers[3].text",
            "The text has 2001 characters; at most 2000 are kept.",
            "DanhSachTraLoi[3].VanBan dài 2001 ký tự; nhiều nhất 2000.",
        ),
        (
            "item_unknown",
            "answers[0]",
            "KIOSK3 1 has no item q.",
            "Bộ câu hỏi KIOSK3 1 không có câu hỏi q (DanhSachTraLoi[0]).",
        ),
        (
            "replaces_not_counting",
            "replaces",
            "Response repeat does not count in this place (it is withdrawn).",
            "Phiếu repeat không được tính ở hồ sơ, bộ câu hỏi và giai đoạn này (trạng thái: đã thu hồi); hãy thay thế phiếu đang được tính.",
        ),
        (
            "missing",
            "answers",
            "At least one answer",
            "Cần ít nhất một câu trả lời do người dân chọn, trong DanhSachTraLoi hoặc MucDoHaiLong.",
        ),
        ("missing", "unit_code", "This field is required.", "Thiếu trường bắt buộc MaDonVi."),
        ("nobody_knows", "", "", "Yêu cầu không được chấp nhận."),
    ],
)
def test_a_sentence_repeats_the_values_of_the_english_one(code: str, field: str, english: str, vietnamese: str):
    assert in_vietnamese(code, field, english) == vietnamese


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503])
def test_an_error_without_a_sentence_still_has_the_code_of_its_status(status: int):
    assert error_code("nobody_knows", status) == BY_STATUS.get(status, -99)


def test_the_published_table_holds_every_error_and_warning_code():
    entries = [entry for _, _, entry in error_codes()]
    assert [entry["error_code"] for entry in entries if "error_code" in entry] == [row.code for row in ERROR_CODES]
    about_dossiers = {code for code, sentence in DOSSIER_SENTENCES.items() if not sentence.error_code}
    warnings = [entry["CanhBao"] for entry in entries if "CanhBao" in entry]
    assert sorted(warnings) == sorted({*WARNING_CODES.values(), *about_dossiers})


def test_the_published_codes_are_those_that_are_read():
    lists = {entry["DanhMuc"]: entry["CacMa"] for _, _, entry in fixed_codes()}
    for name, codes in CODES.items():
        assert [code["Ma"] for code in lists[name]] == list(codes)
    assert [code["Ma"] for code in lists["MucDoHaiLong"]] == ["1", "2", "3", "4", "5"]

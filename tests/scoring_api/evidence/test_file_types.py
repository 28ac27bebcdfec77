"""What may be evidence: each allowed kind is taken, each thing wrong is named."""

from __future__ import annotations

import unicodedata

import pytest

from parindex.errors import Invalid
from scoring_api.evidence import office_archive
from scoring_api.evidence.file_types import FILE_TYPES, check_file
from support import documents
from support.documents import OOXML, archive, office, open_document, pdf

WHOLE = {
    "a.pdf": pdf(),
    "a.png": documents.png(),
    "a.jpg": documents.jpeg(),
    "a.jpeg": documents.jpeg(),
    "a.tif": documents.tiff(),
    "a.tiff": documents.tiff(),
    "a.docx": office("docx"),
    "a.xlsx": office("xlsx"),
    "a.pptx": office("pptx"),
    "a.odt": open_document("odt"),
    "a.ods": open_document("ods"),
    "a.txt": "Biên bản họp\r\n\tngày 1".encode("utf-8-sig"),
    "a.csv": "đơn vị;điểm\nSở A;85,30\n".encode(),
}


@pytest.mark.parametrize("name", WHOLE)
def test_every_allowed_kind_is_taken_and_served_as_what_it_is(name):
    checked = check_file(name, "application/octet-stream", WHOLE[name])
    assert checked.media_type == FILE_TYPES["." + name.split(".")[1]].media_type
    assert check_file(name, checked.media_type, WHOLE[name]).content == WHOLE[name]


def test_each_extension_has_a_whole_example():
    assert {"." + name.split(".")[1] for name in WHOLE} == set(FILE_TYPES)


def codes(name: str, content: bytes, declared: str = "") -> list[str]:
    with pytest.raises(Invalid) as caught:
        check_file(name, declared, content)
    assert caught.value.code == "evidence_refused"
    assert all(finding.message and finding.hint for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize("name", [name for name in WHOLE if name[-3:] not in ("txt", "csv")])
@pytest.mark.parametrize("other", ["a.pdf", "a.png", "a.docx", "a.odt", "a.tif"])
def test_a_renamed_file_is_refused(name, other):
    if FILE_TYPES[name[1:]] != FILE_TYPES[other[1:]]:
        assert codes(other, WHOLE[name]) == ["content_mismatch"]


MACRO_TYPE = f'<Types><Override PartName="/x" ContentType="{OOXML.replace("openxmlformats-officedocument", "ms-word")}document.macroEnabled.main+xml"/></Types>'
OUTSIDE = '<Relationship Id="1" Type="http://x/relationships/attachedTemplate" Target="http://e.vn/a.dotm" TargetMode="External"/>'
SPELLED = OUTSIDE.replace("External", "Ext&#101;rnal")
BEHIND = OUTSIDE.replace("Target=", 'X=">" Target=')
FAULTS = {
    "a program": ("a.pdf", b"MZ\x90\x00" + bytes(60), "content_mismatch"),
    "nothing": ("a.pdf", b"", "file_empty"),
    "a page": ("a.txt", b" <!DOCTYPE html><script>alert(1)</script>", "content_mismatch"),
    "a picture that runs": ("a.svg", b"<svg onload='x'/>", "type_not_allowed"),
    "a program by name": ("a.exe", b"MZ", "type_not_allowed"),
    "an old document": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office_old_or_locked"),
    "a cut PDF": ("a.pdf", pdf()[:-10], "file_cut"),
    "a cut picture": ("a.png", documents.png()[:-12], "file_cut"),
    "a locked PDF": ("a.pdf", pdf(more="/Encrypt 9 0 R"), "pdf_locked"),
    "text of another time": ("a.txt", "Sở".encode("utf-16"), "text_not_utf8"),
    "text with a bell": ("a.csv", b"a\x07b", "content_mismatch"),
    "a macro part": ("a.xlsx", office("xlsx", {"xl/vbaProject.bin": b"x"}), "macros"),
    "a macro sheet": ("a.xlsx", office("xlsx", {"xl/macrosheets/sheet1.xml": b"x"}), "macros"),
    "a control": ("a.docx", office("docx", {"word/activeX/activeX1.xml": b"x"}), "macros"),
    "a macro type": ("a.docx", office("docx", types=MACRO_TYPE), "macros"),
    "macros of LibreOffice": ("a.ods", open_document("ods", {"Basic/Standard/Module1.xml": "x"}), "macros"),
    "a locked archive": ("a.docx", office("docx", encrypted=True), "archive_locked"),
    "a locked ODT": ("a.odt", open_document("odt", manifest="<encryption-data/>"), "archive_locked"),
    "a sheet as text": ("a.docx", office("xlsx"), "content_mismatch"),
    "a plain ZIP": ("a.docx", archive({"a.txt": "x"}), "content_mismatch"),
    "a ZIP as ODT": ("a.odt", office("docx"), "content_mismatch"),
    "half an archive": ("a.docx", office("docx")[:-40], "archive_broken"),
    "parts outside": ("a.docx", office("docx", {"../../etc/x": "x"}), "archive_names"),
    "two parts of a name": ("a.docx", office("docx", {"WORD/document.xml": "x"}), "archive_names"),
    "a template elsewhere": (
        "a.docx",
        office("docx", {"word/_rels/settings.xml.rels": f"<Relationships>{OUTSIDE}</Relationships>"}),
        "archive_loads_from_outside",
    ),
    "a template elsewhere, spelled in entities": (
        "a.docx",
        office("docx", {"word/_rels/settings.xml.rels": f"<Relationships>{SPELLED}</Relationships>"}),
        "archive_loads_from_outside",
    ),
    "a template elsewhere, behind a bracket": (
        "a.docx",
        office("docx", {"word/_rels/settings.xml.rels": f"<Relationships>{BEHIND}</Relationships>"}),
        "archive_loads_from_outside",
    ),
    "a page behind a byte order mark": ("a.txt", "\ufeff<html><script>".encode(), "content_mismatch"),
    "entities": ("a.docx", office("docx", {"_rels/.rels": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}), "archive_broken"),
    "tags without an end": ("a.docx", office("docx", {"_rels/.rels": "<Relationship " * 100_000}), "archive_broken"),
    "an index that never ends": ("a.docx", office("docx", {"_rels/.rels": " " * 5_000_000}), "archive_too_large"),
    "names as long as books": (
        "a.docx", office("docx", {"activex/" * 8000 + f"\n{n}": "" for n in range(40)}), "archive_names",
    ),
    "hidden by its encoding": ("a.docx", office("docx", {"word/_rels/a.rels": "<x/>".encode("utf-16")}), "archive_broken"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "code"), FAULTS.values(), ids=FAULTS)
def test_each_thing_wrong_is_named(name, content, code):
    assert codes(name, content) == [code]


def test_a_bomb_is_stopped_while_it_unpacks():
    bomb = office("docx", {"word/media/a.bin": bytes(60 * 1024 * 1024)})
    assert len(bomb) < 100_000
    assert codes("a.docx", bomb) == ["archive_too_large"]


def test_relations_of_a_byte_order_mark_are_read():
    relations = "\ufeff<?xml version='1.0' encoding='UTF-8'?><Relationships/>".encode()
    assert check_file("a.docx", "", office("docx", {"_rels/.rels": relations})).content


def test_too_many_parts_are_refused_unread(monkeypatch):
    monkeypatch.setattr(office_archive, "MOST_PARTS", 5)
    assert codes("a.docx", office("docx", {f"word/{n}.xml": "" for n in range(4)})) == ["archive_too_large"]


def test_a_large_honest_sheet_is_taken():
    rows = "".join(f"<row><c>{n * 7919 % 100_003}</c></row>" for n in range(300_000))
    assert check_file("a.xlsx", "", office("xlsx", {"xl/worksheets/sheet1.xml": rows})).media_type.startswith(OOXML)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../a.pdf", "file_name_path"),
        ("C:\\a.pdf", "file_name_path"),
        ("a\u202efdp.pdf", "file_name_control"),
        ("a\n.pdf", "file_name_control"),
        ("a" * 200 + ".pdf", "file_name_length"),
    ],
)
def test_names_are_names(name, code):
    assert codes(name, pdf()) == [code]


def test_a_name_without_anything_before_its_extension_has_no_type():
    assert codes(".pdf", pdf()) == ["type_not_allowed"]


def test_a_name_is_kept_composed():
    decomposed = unicodedata.normalize("NFD", "Kế hoạch cải cách.pdf")
    assert check_file(decomposed, "application/pdf", pdf()).file_name == "Kế hoạch cải cách.pdf"


def test_what_is_declared_must_agree_with_the_extension():
    assert codes("a.pdf", pdf(), "image/png") == ["type_declared_wrong"]
    assert check_file("a.csv", "application/vnd.ms-excel", b"a;b").media_type == "text/csv"
    assert check_file("a.txt", "text/plain; charset=utf-8", b"a").media_type == "text/plain"


def test_all_faults_are_named_at_once():
    assert codes("x/a\u200b.pdf", b"MZ", "text/html") == [
        "file_name_path",
        "file_name_control",
        "type_declared_wrong",
        "content_mismatch",
    ]

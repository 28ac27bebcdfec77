"""XML bodies: elements and text, and nothing else that XML can do."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.errors import Unreadable
from survey_ingest.motcua.sentences import in_vietnamese
from survey_ingest.motcua.xml_body import DEEPEST, MOST_ELEMENTS, listed, read_xml, sheet_of, write_xml

LAUGHS = (
    '<!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><a>&l9;</a>"
)
XXE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
FORBIDDEN = {
    "billion laughs": LAUGHS,
    "quadratic blow-up": f'<!DOCTYPE a [<!ENTITY x "{"x" * 10_000}">]><a>{"&x;" * 10_000}</a>',
    "external entity": XXE,
    "external entity over http": XXE.replace("file:///etc/passwd", "http://127.0.0.1:9/x"),
    "parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>',
    "external DTD": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "public DTD": '<!DOCTYPE a PUBLIC "x" "http://127.0.0.1:9/a.dtd"><a/>',
    "internal DTD": "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
    "bare DTD": "<!DOCTYPE a><a/>",
    "attribute": '<a b="c"/>',
    "legacy charset": '<?xml version="1.0" encoding="windows-1258"?><a>x</a>',
    "UTF-7": '<?xml version="1.0" encoding="UTF-7"?><a>x</a>',
    "Latin 1": '<?xml version="1.0" encoding="ISO-8859-1"?><a>x</a>',
    "too deep": "<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1),
    "text beside elements": "<a>x<b/></a>",
}


def refusal(body: bytes | str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_xml(body.encode() if isinstance(body, str) else body)
    return caught.value


@pytest.mark.parametrize("attack", FORBIDDEN)
def test_whatever_xml_can_do_besides_elements_and_text_is_refused(attack: str):
    error = refusal(FORBIDDEN[attack])
    assert error.code == "xml_forbidden"
    assert error.message.startswith("The XML cannot be taken at line 1, column ")
    assert in_vietnamese(error.code, "", error.message).startswith("XML ở dòng 1, cột ")


def test_an_attack_costs_neither_memory_nor_an_answer_from_its_target():
    tracemalloc.start()
    refusal(LAUGHS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_too_many_elements_are_refused():
    assert refusal("<a>" + "<b/>" * MOST_ELEMENTS + "</a>").code == "xml_forbidden"


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b"", 1, 1),
        (b"<a>", 1, 4),
        (b"<a></b>", 1, 6),
        (b"<a>\n\n  <b></a>", 3, 8),
        (b"<a>\xff</a>", 1, 4),
        (b"<a>&x;</a>", 1, 4),
        (b"<a>\x00</a>", 1, 4),
        (b"<a/><b/>", 1, 5),
        (b'{"MaPhieu": 1}', 1, 1),
        (b"<a>&#0;</a>", 1, 4),
        (b"<a>&#xD800;</a>", 1, 4),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', 1, 31),
    ],
)
def test_bad_xml_is_refused_with_line_and_column(body: bytes, line: int, column: int):
    error = refusal(body)
    assert (error.code, f"line {line}, column {column}:" in error.message) == ("xml_unreadable", True), error.message
    assert in_vietnamese(error.code, "", error.message).startswith(f"XML hỏng ở dòng {line}, cột {column}: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", [True, False])
def test_utf_8_and_utf_16_are_read(encoding: str, declared: bool):
    name = "UTF-16" if "16" in encoding else "UTF-8"
    text = (f'<?xml version="1.0" encoding="{name}"?>' if declared else "") + "<a><b>Rất hài lòng</b></a>"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert read_xml(mark + text.encode(encoding)) == ("a", {"b": "Rất hài lòng"})


def test_namespaces_comments_and_instructions_do_not_matter():
    body = (
        '<?xml version="1.0"?><!-- c --><p:a xmlns:p="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="urn:x y"><?go now?><p:b xsi:nil="true"/><c><![CDATA[<&>]]></c></p:a>'
    )
    assert read_xml(body.encode()) == ("a", {"b": "", "c": "<&>"})


@pytest.mark.parametrize(
    "answers",
    [
        "<DanhSachTraLoi><TraLoi><MaCauHoi>a</MaCauHoi></TraLoi><TraLoi><MaCauHoi>b</MaCauHoi></TraLoi></DanhSachTraLoi>",
        "<DanhSachTraLoi><MaCauHoi>a</MaCauHoi></DanhSachTraLoi><DanhSachTraLoi><MaCauHoi>b</MaCauHoi></DanhSachTraLoi>",
    ],
)
def test_answers_are_a_list_inside_a_container_or_repeated(answers: str):
    _, value = read_xml(f"<PhieuDanhGia>{answers}</PhieuDanhGia>".encode())
    assert sheet_of(value) == {"DanhSachTraLoi": [{"MaCauHoi": "a"}, {"MaCauHoi": "b"}]}


@pytest.mark.parametrize("container", ["<DanhSachTraLoi>{}</DanhSachTraLoi>", "{}"])
def test_one_answer_is_a_list_of_one(container: str):
    inner = "<TraLoi><MaCauHoi>a</MaCauHoi></TraLoi>" if "Danh" in container else ""
    alone = container.format(inner) if inner else "<DanhSachTraLoi><MaCauHoi>a</MaCauHoi></DanhSachTraLoi>"
    _, value = read_xml(f"<P>{alone}</P>".encode())
    assert sheet_of(value) == {"DanhSachTraLoi": [{"MaCauHoi": "a"}]}


@pytest.mark.parametrize("empty", ["", " ", None, {}, []])
def test_an_empty_container_is_an_empty_list(empty: Any):
    assert listed(empty) == []


@given(st.text(max_size=30), st.integers(), st.booleans())
def test_an_answer_in_xml_can_be_read_again(text: str, number: int, truth: bool):
    name, value = read_xml(write_xml("TraLoi", {"a": text, "b": [number, truth], "c": None, "d": {"e": text}}))
    read = "".join(mark if mark in "\t\n\r" or mark >= " " else "\ufffd" for mark in text)
    read = "".join("\ufffd" if "\ud800" <= mark <= "\udfff" or mark in "\ufffe\uffff" else mark for mark in read)
    read = read.replace("\r\n", "\n").replace("\r", "\n")
    assert (name, value) == (
        "TraLoi",
        {"a": read, "b": {"Muc": [str(number), str(truth).lower()]}, "c": "", "d": {"e": read}},
    )

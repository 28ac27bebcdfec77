"""Personal data never enters: field names that are refused or stripped, and patterns that are masked in free text.

Legal source: Luật 91/2025/QH15 and NĐ 356/2025 (in force 1/1/2026): name, birth date, phone, personal number and image
are basic personal data; a hashed number is still personal data, so it is not taken at all.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any

_D_STROKE = str.maketrans({"đ": "d", "Đ": "d"})
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")

PERSONAL_NAMES = frozenset(
    [
        "name",
        "fullname",
        "firstname",
        "lastname",
        "middlename",
        "surname",
        "givenname",
        "citizenname",
        "customername",
        "respondentname",
        "applicantname",
        "personname",
        "ownername",
        "username",
        "hoten",
        "hovaten",
        "ten",
        "hovatennguoidan",
        "tennguoidan",
        "tencongdan",
        "tennguoinop",
        "tennguoiyeucau",
        "chuhoso",
        "tenchuhoso",
        "nguoinop",
        "nguoidanhgia",
        "nguoiyeucau",
        "hotennguoinop",
        "phone",
        "phonenumber",
        "mobile",
        "mobilephone",
        "telephone",
        "tel",
        "cellphone",
        "sodienthoai",
        "dienthoai",
        "sdt",
        "didong",
        "sodidong",
        "dtdd",
        "zaloid",
        "zalouserid",
        "zalo",
        "email",
        "emailaddress",
        "mail",
        "thudientu",
        "diachiemail",
        "address",
        "homeaddress",
        "diachi",
        "diachithuongtru",
        "diachitamtru",
        "noiohientai",
        "thuongtru",
        "tamtru",
        "residence",
        "idnumber",
        "identitynumber",
        "nationalid",
        "personalid",
        "citizenid",
        "idcard",
        "passport",
        "passportnumber",
        "cccd",
        "cmnd",
        "socccd",
        "socmnd",
        "socmtnd",
        "cmtnd",
        "sodinhdanh",
        "dinhdanhchs",
        "madinhdanhcanhan",
        "sodinhdanhcanhan",
        "sogiayto",
        "sogiaytochuhoso",
        "socancuoc",
        "cancuoc",
        "hochieu",
        "sohochieu",
        "masothue",
        "taxid",
        "techid",
        "madoituong",
        "birthdate",
        "dateofbirth",
        "dob",
        "birthday",
        "ngaysinh",
        "namsinh",
        "photo",
        "image",
        "picture",
        "avatar",
        "face",
        "faceimage",
        "fingerprint",
        "anh",
        "anhchup",
        "hinhanh",
        "chandung",
        "vantay",
        "khuonmat",
        "signature",
        "chuky",
        "voice",
        "ghiam",
        "ip",
        "ipaddress",
        "clientip",
        "citizenip",
        "remoteaddr",
        "remoteip",
        "diachiip",
        "useragent",
        "imei",
        "macaddress",
    ]
)
_HASHED = ("hash", "sha", "sha1", "sha256", "md5", "hashed", "bam", "mahoa", "encrypted")
_WHOSE = (
    "citizen", "customer", "applicant", "respondent", "contact", "client", "user", "owner", "visitor", "sender",
    "nguoidan", "congdan", "khachhang", "nguoinop", "nguoidanhgia", "nguoiyeucau", "nguoigui", "chuhoso", "lienhe",
    "number", "num", "no",
)  # fmt: skip
"""Words around a name that change nothing: `customer_phone`, `soCccdNguoiDan`, `phone_no`."""
_AROUND_NAMES = (*_HASHED, *_WHOSE)

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BETWEEN = r"[ .()\u00a0\u2000-\u200d\u2010-\u2015\u202f\u2060\ufeff-]"
"""What people and their keyboards put between digits, seen or not."""
_PHONE = re.compile(rf"(?<!\d)(?:\+?84|0){_BETWEEN}{{0,3}}(?:2|3|5|7|8|9)(?:{_BETWEEN}{{0,3}}\d){{8,9}}(?!\d)")
_IDENTITY = re.compile(
    rf"(?<!\d)(?:\d{{12}}|0(?:{_BETWEEN}?\d){{11}}|\d{{9}}|\d{{3}}[ \u00a0]\d{{3}}[ \u00a0]\d{{3}}(?:[ \u00a0]\d{{3}})?)(?!\d)"
)
_WHOLE_IDENTITY = re.compile(r"0(?:0[1-9]|[1-8]\d|9[0-6])\d{9}", re.ASCII)
_WHOLE_PHONE = re.compile(r"(?:\+?84|0)[ .-]?[35789](?:[ .-]?\d){8}", re.ASCII)

_OLD_IDENTITY = re.compile(r"\d{9}", re.ASCII)
"""Chứng minh nhân dân: nine digits, any of them."""
_WITHIN = re.compile(rf"(?<!\d)(?:{_WHOLE_IDENTITY.pattern}|(?:\+?84|0)[35789]\d{{8}})(?!\d)", re.ASCII)
"""An identity or phone number in one piece, between whatever is no digit."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_NUMBER_STARTS = frozenset("0+8")
"""How identity and phone numbers begin: most references need no more than this look."""

MASK = "[…]"
MOST_NAMED = 100
"""Fields that one answer names at most: a body of a hundred thousand strange names is not repeated, nor looked at twice."""
_LONGEST_NAME = 200
"""A longer field name is judged by its beginning."""


def field_letters(name: str) -> str:
    """A field name as its bare letters: `Số-Điện_Thoại` -> `sodienthoai`."""
    if not name.isascii():
        decomposed = unicodedata.normalize("NFD", name.translate(_D_STROKE))
        name = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return _NOT_LETTERS.sub("", name.lower())


def is_personal_name(name: str) -> bool:
    """Whether a field of that name would hold personal data, hashed or not."""
    return _is_personal(name[:_LONGEST_NAME])


@functools.lru_cache(maxsize=4096)
def _is_personal(name: str) -> bool:
    letters = field_letters(name)
    if letters in PERSONAL_NAMES or letters.rstrip("0123456789") in PERSONAL_NAMES:
        return True
    if not letters.startswith(_AROUND_NAMES) and not letters.endswith(_AROUND_NAMES):
        return False
    return any(
        bare in PERSONAL_NAMES
        for word in _AROUND_NAMES
        for bare in (letters.removesuffix(word), letters.removeprefix(word))
    )


def shown_name(name: str) -> str:
    """A field name as it may be repeated and stored: a sender's mistake can put a phone number there, or U+0000."""
    begin = name[:_LONGEST_NAME]
    if not begin.isprintable():
        begin = "".join(letter if letter.isprintable() else "?" for letter in begin)
    return masked(begin)[:40]


def personal_fields(value: Any, path: str = "") -> list[str]:
    """Paths of personal-data fields anywhere inside a value of unknown shape, however deep, in the order of their depth.

    The first MOST_NAMED are enough to say what is wrong.
    """
    found: list[str] = []
    level = [(value, path)]
    while level and len(found) < MOST_NAMED:
        below: list[tuple[Any, str]] = []
        for inner, where in level:
            if isinstance(inner, dict):
                for key, further in inner.items():
                    personal = is_personal_name(key)
                    if personal or isinstance(further, (dict, list)):
                        here = f"{where}.{shown_name(key)}"[-200:] if where else shown_name(key)
                        if personal:
                            found.append(here)
                        else:
                            below.append((further, here))
            elif isinstance(inner, list):
                below += [
                    (further, f"{where}[{index}]"[-200:])
                    for index, further in enumerate(inner)
                    if isinstance(further, (dict, list))
                ]
        level = below
    return found[:MOST_NAMED]


def masked(text: str) -> str:
    """Free text with phone numbers, identity numbers and e-mail addresses replaced by `[…]`."""
    if "@" not in text and "\uff20" not in text and not any(character.isdigit() for character in text):
        return text
    plain = _as_typed(text)
    safe = _IDENTITY.sub(MASK, _PHONE.sub(MASK, _EMAIL.sub(MASK, plain)))
    return text if safe == plain else safe


def _ascii_digits(text: str) -> str:
    """The text with digits of every script (full-width ones above all) as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(mark)) if mark.isdecimal() else mark for mark in text)


_WIDE = str.maketrans({"\uff20": "@", "\uff0e": ".", "\uff0b": "+"})


def _as_typed(text: str) -> str:
    """The text with the digits of every script, and the full-width marks of numbers and addresses, as ASCII ones."""
    return text if text.isascii() else _ascii_digits(text.translate(_WIDE))


def _without_unseen(text: str) -> str:
    """The text as it is read: without marks that show nothing (zero-width ones), every blank a plain one."""
    return " ".join("".join(mark for mark in text if unicodedata.category(mark) != "Cf").split())


def looks_personal(text: str) -> bool:
    """Whether a reference (device, item id, dossier), or a word of it, is an identity number, a phone number or an e-mail address."""
    if not text.isascii():
        text = _without_unseen(_as_typed(text))
    if "@" in text and _EMAIL.search(text):
        return True
    if text[:1] in _NUMBER_STARTS and (_WHOLE_IDENTITY.fullmatch(text) or _WHOLE_PHONE.fullmatch(text)):
        return True
    return " " in text and any(_WITHIN.fullmatch(word) for word in text.split())


def looks_like_a_person(text: str) -> bool:
    """As `looks_personal`, and nine digits alone or a number within: for a reference that stands for somebody."""
    if looks_personal(text) or _OLD_IDENTITY.fullmatch(text):
        return True
    return not _UUID.fullmatch(text) and bool(_WITHIN.search(_without_unseen(_as_typed(text))))


_APART = re.compile(r"[\s/?=&:;,#|]+")


def is_somebodys(code: str) -> bool:
    """Whether the code of a dossier or a batch is somebody's: as `looks_personal`, and a number within a link or a list."""
    read = code if code.isascii() else _without_unseen(_as_typed(code))
    if read[:1] in ("+", "("):  # no code begins so, but a telephone number does
        read = "".join(mark for mark in read if mark.isdigit() or mark == "+")
    return looks_personal(read) or any(_WITHIN.fullmatch(part) for part in _APART.split(read))

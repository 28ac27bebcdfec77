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

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)[ .()-]{0,3}(?:2|3|5|7|8|9)(?:[ .()-]{0,3}\d){8,9}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(?:\d{12}|\d{3} \d{3} \d{3} \d{3}|\d{9}|\d{3} \d{3} \d{3})(?!\d)")
_WHOLE_IDENTITY = re.compile(r"0(?:0[1-9]|[1-8]\d|9[0-6])\d{9}", re.ASCII)
_WHOLE_PHONE = re.compile(r"(?:\+?84|0)[ .-]?[35789](?:[ .-]?\d){8}", re.ASCII)

_OLD_IDENTITY = re.compile(r"\d{9}", re.ASCII)
"""Chứng minh nhân dân: nine digits, any of them."""

_NUMBER_STARTS = frozenset("0+8")
"""How identity and phone numbers begin: most references need no more than this look."""

MASK = "[…]"


def field_letters(name: str) -> str:
    """A field name as its bare letters: `Số-Điện_Thoại` -> `sodienthoai`."""
    decomposed = unicodedata.normalize("NFD", name.translate(_D_STROKE))
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return _NOT_LETTERS.sub("", bare.lower())


@functools.lru_cache(maxsize=4096)
def is_personal_name(name: str) -> bool:
    """Whether a field of that name would hold personal data, hashed or not."""
    letters = field_letters(name)
    if letters in PERSONAL_NAMES:
        return True
    for suffix in _HASHED:
        if letters.endswith(suffix) and letters.removesuffix(suffix) in PERSONAL_NAMES:
            return True
        if letters.startswith(suffix) and letters.removeprefix(suffix) in PERSONAL_NAMES:
            return True
    return False


def shown_name(name: str) -> str:
    """A field name as it may be repeated and stored: a sender's mistake can put a phone number there, or U+0000."""
    return masked("".join(letter if letter.isprintable() else "?" for letter in name[:200]))[:40]


def personal_fields(value: Any, path: str = "") -> list[str]:
    """Paths of personal-data fields anywhere inside a value of unknown shape, however deep, in the order of their depth."""
    found: list[str] = []
    level = [(value, path)]
    while level:
        below: list[tuple[Any, str]] = []
        for inner, where in level:
            if isinstance(inner, dict):
                for key, further in inner.items():
                    here = f"{where}.{shown_name(key)}"[-200:] if where else shown_name(key)
                    if is_personal_name(key):
                        found.append(here)
                    elif isinstance(further, (dict, list)):
                        below.append((further, here))
            elif isinstance(inner, list):
                below += [
                    (further, f"{where}[{index}]"[-200:])
                    for index, further in enumerate(inner)
                    if isinstance(further, (dict, list))
                ]
        level = below
    return found


def masked(text: str) -> str:
    """Free text with phone numbers, identity numbers and e-mail addresses replaced by `[…]`."""
    if "@" not in text and not any(character.isdigit() for character in text):
        return text
    return _IDENTITY.sub(MASK, _PHONE.sub(MASK, _EMAIL.sub(MASK, text)))


def looks_personal(text: str) -> bool:
    """Whether a whole reference (device, item id, dossier) is an identity number or a phone number, or holds an e-mail address."""
    if text[:1] not in _NUMBER_STARTS and "@" not in text:
        return False
    return bool(
        _WHOLE_IDENTITY.fullmatch(text) or _WHOLE_PHONE.fullmatch(text) or ("@" in text and _EMAIL.search(text))
    )


def looks_like_a_person(text: str) -> bool:
    """As `looks_personal`, and nine digits alone: for a reference that stands for somebody."""
    return looks_personal(text) or bool(_OLD_IDENTITY.fullmatch(text))

"""Personal data never enters: field names that are refused or stripped, and patterns that are masked in free text.

Legal source: Luật 91/2025/QH15 and NĐ 356/2025 (in force 1/1/2026): name, birth date, phone, personal number and image
are basic personal data; a hashed number is still personal data, so it is not taken at all.
"""

from __future__ import annotations

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
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)[ .-]?(?:2|3|5|7|8|9)(?:[ .-]?\d){8,9}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(?:\d{12}|\d{3} \d{3} \d{3} \d{3}|\d{9}|\d{3} \d{3} \d{3})(?!\d)")
_WHOLE_IDENTITY = re.compile(r"0(?:0[1-9]|[1-8]\d|9[0-6])\d{9}", re.ASCII)
_WHOLE_PHONE = re.compile(r"(?:\+?84|0)[ .-]?[35789](?:[ .-]?\d){8}", re.ASCII)

MASK = "[…]"


def field_letters(name: str) -> str:
    """A field name as its bare letters: `Số-Điện_Thoại` -> `sodienthoai`."""
    decomposed = unicodedata.normalize("NFD", name.translate(_D_STROKE))
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return _NOT_LETTERS.sub("", bare.lower())


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


def personal_fields(value: Any, path: str = "", depth: int = 0) -> list[str]:
    """Paths of personal-data fields anywhere inside a value of unknown shape."""
    found: list[str] = []
    if depth > 8:
        return found
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            if is_personal_name(str(key)):
                found.append(here)
            else:
                found.extend(personal_fields(inner, here, depth + 1))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found.extend(personal_fields(inner, f"{path}[{index}]", depth + 1))
    return found


def masked(text: str) -> str:
    """Free text with phone numbers, identity numbers and e-mail addresses replaced by `[…]`."""
    if "@" not in text and not any(character.isdigit() for character in text):
        return text
    return _IDENTITY.sub(MASK, _PHONE.sub(MASK, _EMAIL.sub(MASK, text)))


def looks_personal(text: str) -> bool:
    """Whether a whole reference (staff, device, item id) is an identity number, a phone number or an e-mail address."""
    return bool(
        _WHOLE_IDENTITY.fullmatch(text) or _WHOLE_PHONE.fullmatch(text) or ("@" in text and _EMAIL.fullmatch(text))
    )

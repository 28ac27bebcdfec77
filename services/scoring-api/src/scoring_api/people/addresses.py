"""Work addresses (e-mail) as they are stored and compared: NFC, lower case."""

from __future__ import annotations

import re
import unicodedata

from parindex.errors import Invalid

_FORM = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]{2,}")
LONGEST = 254


def same_form(address: str) -> str:
    """The form in which addresses are compared, whatever was typed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", address.strip()).lower())


def work_address(address: str) -> str:
    """A work address to be stored. Raises Invalid where it is none."""
    form = same_form(address)
    if len(form) > LONGEST or not _FORM.fullmatch(form):
        raise Invalid(
            "Địa chỉ công vụ không đúng dạng ten@coquan.gov.vn. / The work address is not of the form name@office.gov.vn.",
            code="work_address_invalid",
            hint="Give the person's work e-mail address.",
        )
    return form

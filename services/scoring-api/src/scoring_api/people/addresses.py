"""Work addresses (e-mail) as they are stored and compared: NFC, lower case."""

from __future__ import annotations

import re
import unicodedata

from parindex.errors import Invalid

_SIGN = r"[^@\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
"""Any but blanks and characters that no reader sees: two addresses that look alike are one person to an officer."""
_FORM = re.compile(rf"{_SIGN}{{1,64}}@{_SIGN}+\.{_SIGN}{{2,}}")
LONGEST = 254


def same_form(address: str) -> str:
    """The form in which addresses are compared, whatever was typed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", address.strip()).lower())


def storable(address: str) -> bool:
    """Whether an address in its compared form could be somebody's at all; whatever was typed may be asked."""
    return len(address) <= LONGEST and _FORM.fullmatch(address) is not None


def work_address(address: str) -> str:
    """A work address to be stored. Raises Invalid where it is none."""
    form = same_form(address)
    if not storable(form):
        raise Invalid(
            "Địa chỉ công vụ không đúng dạng ten@coquan.gov.vn. / The work address is not of the form name@office.gov.vn.",
            code="work_address_invalid",
            hint="Give the person's work e-mail address.",
        )
    return form

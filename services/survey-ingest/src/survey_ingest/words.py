"""Answer words and codes that mean the same in every dialect: a fixed list, never a catalogue look-up.

Sources: the five-level scale of SIPAS (domain.md 2.3 of the field's facts) and the three labels of counter screens
(RẤT HÀI LÒNG / HÀI LÒNG / KHÔNG or CHƯA HÀI LÒNG), which map to 5 / 4 / 2.
"""

from __future__ import annotations

import functools
import re
import unicodedata

NO_ANSWER = "not_answered"
SPECIAL_CODES = {"not_answered": None, "dont_know": -1, "not_applicable": -2}

_LEVELS = {
    "rất hài lòng": 5,
    "hài lòng": 4,
    "bình thường": 3,
    "không hài lòng": 2,
    "chưa hài lòng": 2,
    "rất không hài lòng": 1,
    "rất chưa hài lòng": 1,
}
_SPACES = re.compile(r"\s+")
_UNSEEN = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
"""Marks of no width that come with copied text."""
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))


def plain(text: str) -> str:
    """NFC, one space between words, nothing unseen, case folded: equal for every Unicode form of the same Vietnamese text."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_UNSEEN))
    return _SPACES.sub(" ", text).strip().casefold()


def _without_tone_place(text: str) -> str:
    """Tone marks moved to the end of their word: hòa and hoà are two spellings of one word."""
    words = []
    for word in unicodedata.normalize("NFD", text).split(" "):
        tones = "".join(mark for mark in word if ord(mark) in _TONES)
        words.append(unicodedata.normalize("NFC", word.translate(_TONES)) + tones)
    return " ".join(words)


_BY_SPELLING = {_without_tone_place(words): level for words, level in _LEVELS.items()}


_LONGEST = 200
"""Of an answer word, blanks included: no cache keeps whatever is sent."""


def satisfaction_level(text: str) -> int | None:
    """The level 1..5 that a Vietnamese answer word or a digit sent as text means; None where it means none."""
    return _level(text) if len(text) <= _LONGEST else None


@functools.lru_cache(maxsize=4096)
def _level(text: str) -> int | None:
    words = plain(text)
    if words in ("1", "2", "3", "4", "5"):
        return int(words)
    return _BY_SPELLING.get(_without_tone_place(words))


def is_number(text: str) -> int | None:
    """An integer sent as text, or None."""
    return _number(text) if len(text) <= _LONGEST else None


@functools.lru_cache(maxsize=4096)
def _number(text: str) -> int | None:
    stripped = text.strip()
    return int(stripped) if re.fullmatch(r"-?\d{1,9}", stripped, re.ASCII) else None


_TRUE = {"true", "1", "yes", "có"}
_FALSE = {"false", "0", "no", "không", ""}


def truth(value: object) -> bool | None:
    """A boolean sent as JSON boolean, 0/1, or text in any case; None where it is neither."""
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return {0: False, 1: True}.get(value)
    if isinstance(value, str):
        words = plain(value)
        return True if words in _TRUE else False if words in _FALSE else None
    return None

"""Vietnamese unit names as text: what is the same name, and what a search without diacritics compares. Pure."""

from __future__ import annotations

import unicodedata

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""Combining grave, acute, tilde, hook above and dot below: the five written tones."""


def fold(text: str) -> str:
    """Lower case without any diacritic, đ as d, one space between words: `Phường Hòa Bình` -> `phuong hoa binh`."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def spelling_key(text: str) -> str:
    """Equal for two spellings of one name: letter case, Unicode form, spaces and tone placement (hòa / hoà) are ignored.

    Letters and tones stay significant: `Bình Hòa` and `Bình Hoa` differ. The key is for comparing, never for showing.
    """
    return " ".join(_tone_last(word) for word in unicodedata.normalize("NFD", text.casefold()).split())


def _tone_last(word: str) -> str:
    tones = "".join(letter for letter in word if letter in _TONES)
    return unicodedata.normalize("NFC", "".join(letter for letter in word if letter not in _TONES)) + tones

"""Vietnamese answer words mean the same in every Unicode form, case and tone placement."""

from __future__ import annotations

import unicodedata

import pytest

from survey_ingest.words import is_number, satisfaction_level, truth

_TONES = "\u0300\u0301\u0303\u0309\u0323"


def combining_tones(text: str) -> str:
    """ "Tổ hợp": precomposed vowels (â, ê, ô, ơ, ư) followed by a combining tone; neither NFC nor NFD."""
    letters = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in _TONES)
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
        letters.append(base + tone)
    return "".join(letters)


FORMS = {
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "NFKC": lambda text: unicodedata.normalize("NFKC", text),
    "combining tones": combining_tones,
}
CASES = {"as is": str, "upper": str.upper, "lower": str.lower, "title": str.title}
BLANKS = {"none": "{}", "trailing": "{} ", "around": "\t {}\n"}
LEVELS = {
    "Rất hài lòng": 5,
    "Hài lòng": 4,
    "Bình thường": 3,
    "Không hài lòng": 2,
    "Chưa hài lòng": 2,
    "Rất không hài lòng": 1,
}


def test_the_three_unicode_forms_of_a_word_are_three_different_texts():
    word = "Rất hài lòng"
    assert len({FORMS["NFC"](word), FORMS["NFD"](word), FORMS["combining tones"](word)}) == 3


@pytest.mark.parametrize("words", LEVELS)
@pytest.mark.parametrize("form", FORMS)
def test_a_satisfaction_word_is_its_level_in_any_form_case_and_spacing(words: str, form: str):
    for case in CASES.values():
        for blanks in BLANKS.values():
            sent = FORMS[form](case(blanks.format(words)))
            assert satisfaction_level(sent) == LEVELS[words], repr(sent)


def test_case_changed_after_the_form_still_means_the_same():
    assert satisfaction_level(FORMS["combining tones"]("rất hài lòng").upper()) == 5
    assert satisfaction_level(FORMS["NFD"]("chưa hài lòng").title()) == 2


@pytest.mark.parametrize(("placed", "level"), [("Bình thừơng", 3), ("Hài lòng", 4), ("hàì lòng", None)])
def test_where_a_tone_stands_in_its_word_is_spelling(placed: str, level: int | None):
    assert satisfaction_level(placed) == level


def test_several_blanks_between_words_are_one():
    assert satisfaction_level("Rất  hài   lòng") == 5
    assert satisfaction_level("Rất\u00a0hài lòng") == 5


@pytest.mark.parametrize("text", ["", " ", "hai long", "tốt", "6", "0", "-1", "5.0", "５", "rất", "hài lòng hài lòng"])
def test_what_is_no_satisfaction_word_has_no_level(text: str):
    assert satisfaction_level(text) is None


@pytest.mark.parametrize("level", range(1, 6))
def test_a_digit_sent_as_text_is_its_level(level: int):
    assert satisfaction_level(f" {level} ") == level


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("-1", -1),
        ("007", 7),
        ("5.0", None),
        ("1e3", None),
        ("", None),
        ("٥", None),
        ("1" * 10, None),
    ],
)
def test_a_whole_number_sent_as_text_is_that_number(text: str, number: int | None):
    assert is_number(text) == number


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (True, True),
        (1, True),
        ("True", True),
        ("TRUE ", True),
        ("1", True),
        ("có", True),
        (False, False),
        (0, False),
        ("False", False),
        ("0", False),
        ("không", False),
        ("", False),
        (None, False),
        (2, None),
        ("maybe", None),
        (1.0, None),
        ([], None),
    ],
)
def test_a_boolean_may_be_sent_as_boolean_number_or_text(value: object, meaning: bool | None):
    assert truth(value) is meaning


@pytest.mark.parametrize("unseen", ["\u200b", "\u200d", "\u2060", "\ufeff"])
def test_an_answer_word_means_the_same_with_marks_that_nobody_sees(unseen: str):
    assert satisfaction_level(f"{unseen}Rất h{unseen}ài lòng{unseen}") == 5

"""The rules that an edition is ranked, graded and grouped by, as its policy or framework declares them, and in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from parindex.engine.digest import sha256
from parindex.engine.rank import PART, TIE_RULE_WORDS, Band, Contender, TieRule, band_of, rank

_BREAKER_WORDS = {
    "top2": ("tỷ lệ hài lòng cao hơn", "the higher share of favourable answers"),
    "mean": ("điểm trung bình cao hơn", "the higher mean score"),
    "responses": ("nhiều phiếu trả lời hơn", "more responses"),
    "unit_id": ("thứ tự đăng ký trong danh mục đơn vị", "the order of registration of the units"),
}
_BREAKERS_VI = "Khi bằng nhau xét lần lượt: {list}. Hạng từng phần luôn là đồng hạng (1, 2, 2, 4)."
_BREAKERS_EN = "Equal figures are ordered by, in turn: {list}. Ranks of parts always share (1, 2, 2, 4)."


@dataclass(frozen=True, slots=True)
class Rules:
    """One declared way to rank. `digits` are the decimals of the published figure, on which every rank is taken."""

    name: str
    """Policy or framework with its version, for example `qd766-portal@2025-1`."""
    sha256: str
    tie_rule: TieRule
    tie_breakers: tuple[str, ...]
    tie_note_vi: str
    tie_note_en: str
    digits: int
    ranked_on: str
    """`percent` or `points`."""
    bands: tuple[Band, ...]
    """Grades by figure, best first; empty where grades are given elsewhere or nowhere."""
    grouping: Mapping[str, Any] | None
    """Groups by place (`method`, `labels` best first); None where none are formed."""
    change_digits: int
    """Decimals that a change is printed with."""
    comparable_with: tuple[str, ...]
    """Other versions of the policy or framework whose figures may be compared with those under this one."""
    break_words: Mapping[str, str] | None
    """Why the versions not named may not be compared, `vi` and `en`; None where nothing is said."""
    baseline: Mapping[str, Any] | None
    """How the earlier figure of a merged unit may be made of its predecessors'; None: not at all."""
    part_titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Code of a part that may break a tie -> its title in Vietnamese and English."""

    @classmethod
    def of_policy(cls, policy: Mapping[str, Any], ranked_on: str) -> Rules:
        """The rules of a ranking policy's document."""
        return cls(
            name=f"{policy['id']}@{policy['version']}",
            sha256=sha256(policy).hex(),
            tie_rule=policy["tie_rule"],
            tie_breakers=tuple(policy["tie_breakers"]),
            tie_note_vi=policy["tie_note_vi"],
            tie_note_en=policy["tie_note_en"],
            digits=policy["digits"],
            ranked_on=ranked_on,
            bands=tuple(
                Band(one["label_vi"], one["label_en"], Decimal(one["minimum"])) for one in policy.get("bands") or ()
            ),
            grouping=policy.get("grouping"),
            change_digits=policy.get("change_digits", policy["digits"]),
            comparable_with=tuple((policy.get("comparison") or {}).get("with", ())),
            break_words=_break_words(policy.get("comparison")),
            baseline=policy.get("baseline"),
            part_titles={one["code"]: (one["title_vi"], one["title_en"]) for one in policy.get("parts") or ()},
        )

    def as_json(self) -> dict[str, Any]:
        """What the edition prints of them."""
        vi, en = TIE_RULE_WORDS[self.tie_rule]["vi"], TIE_RULE_WORDS[self.tie_rule]["en"]
        if self.tie_breakers:
            words = [self._words_of(name) for name in self.tie_breakers]
            vi += " " + _BREAKERS_VI.format(list="; ".join(one for one, _ in words))
            en += " " + _BREAKERS_EN.format(list="; ".join(one for _, one in words))
        return {
            "name": self.name,
            "sha256": self.sha256,
            "tie_rule": self.tie_rule,
            "tie_breakers": list(self.tie_breakers),
            "tie_words": {"vi": vi, "en": en},
            "tie_note": {"vi": self.tie_note_vi, "en": self.tie_note_en},
            "digits": self.digits,
            "ranked_on": self.ranked_on,
            "change_digits": self.change_digits,
            "comparable_with": list(self.comparable_with),
            "break_words": self.break_words,
            "baseline": self.baseline,
        }

    def _words_of(self, breaker: str) -> tuple[str, str]:
        if not breaker.startswith(PART):
            return _BREAKER_WORDS[breaker]
        code = breaker.removeprefix(PART)
        vi, en = self.part_titles.get(code, (code, code))
        return f"điểm {vi} cao hơn", f"more points in {en}"

    def ranks(self, contenders: Iterable[Contender]) -> dict[int, int]:
        """Place of each unit on its published figure. Raises Invalid when an ordinal rule leaves a tie."""
        return rank(contenders, self.tie_rule, tie_breakers=self.tie_breakers, digits=self.digits)

    def part_ranks(self, values: Mapping[int, Decimal], digits: int) -> dict[int, int]:
        """Place of each unit in one part. Equal figures share a place: tie-breakers are declared for the whole only."""
        rule: TieRule = "dense" if self.tie_rule == "dense" else "competition"
        return rank((Contender(unit_id, value, {}) for unit_id, value in values.items()), rule, digits=digits)

    def grade(self, value: Decimal) -> dict[str, str] | None:
        """The band of a figure; None where no bands are declared."""
        band = band_of(value, self.bands)
        return None if band is None else {"label_vi": band.label_vi, "label_en": band.label_en}


def _break_words(comparison: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if comparison is None else {"vi": comparison["break_vi"], "en": comparison["break_en"]}

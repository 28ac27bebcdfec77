"""Why a node of a composite index has the value it has, in Vietnamese and English. Pure."""

from __future__ import annotations

from fractions import Fraction

from parindex.engine.composite_tree import Branch
from parindex.engine.composite_unit import NodeFigure
from parindex.engine.rounding import half_up_ratio

_MEANS = {
    "arithmetic": ("trung bình cộng có trọng số", "weighted arithmetic mean"),
    "geometric": ("trung bình nhân có trọng số", "weighted geometric mean"),
    "harmonic": ("trung bình điều hòa có trọng số", "weighted harmonic mean"),
}


def words(at: NodeFigure) -> tuple[str, str]:
    """One or more sentences in each language: how the value came about, or why there is none."""
    said = list(_branch(at, at.node) if isinstance(at.node, Branch) else _leaf(at))
    if at.counted_as_zero:
        said.append(("Được tính là 0 theo quy tắc đã công bố.", "Counted as 0, as the composite declares."))
    if at.raised_to is not None:
        said.append(
            (
                f"Khi tính trung bình, giá trị được nâng lên mức sàn {at.raised_to}.",
                f"In the mean above it the floor {at.raised_to} stands in for the value.",
            )
        )
    return " ".join(vi for vi, _ in said), " ".join(en for _, en in said)


def _leaf(at: NodeFigure) -> list[tuple[str, str]]:
    if at.figure is None:
        return [("Chưa có số liệu (khác với 0).", "There is no figure (which is not zero).")]
    if at.all_equal:
        return [
            (
                "Số liệu của mọi đơn vị bằng nhau: lấy điểm giữa của thang.",
                "The figures of all units are equal: the middle of the scale.",
            )
        ]
    if at.clamped:
        return [
            (
                f"Số liệu {at.figure} nằm ngoài cận đã công bố: tính theo cận.",
                f"The figure {at.figure} lies beyond the declared bounds: taken as the bound.",
            )
        ]
    return [("Chuẩn hóa theo phương pháp đã công bố.", "Normalised as declared.")]


def _branch(at: NodeFigure, branch: Branch) -> list[tuple[str, str]]:
    lacking = ", ".join(at.lacking)
    if at.failed:
        return [
            (
                f"Không có chỉ số vì thiếu: {lacking or 'số liệu bên dưới'}.",
                f"No index, because of what is missing: {lacking or 'figures below'}.",
            )
        ]
    if at.value is None:
        had, asked = _share(at.coverage), _share(Fraction(branch.missing.min_coverage))
        return [
            (
                f"Chỉ {had} trọng số có số liệu, cần ít nhất {asked}; thiếu: {lacking}.",
                f"Only {had} of the weight has a value, at least {asked} is needed; missing: {lacking}.",
            )
        ]
    mean_vi, mean_en = _MEANS[branch.mean]
    said = [(f"Lấy {mean_vi} của {len(at.children)} thành phần.", f"The {mean_en} of {len(at.children)} parts.")]
    if at.lacking and branch.missing.rule == "reweight":
        said.append(
            (
                f"Thiếu {lacking}: trọng số được chia lại trên {_share(at.coverage)} trọng số có số liệu.",
                f"{lacking} missing: the others share its weight, {_share(at.coverage)} of the weight has a value.",
            )
        )
    return said


def _share(value: Fraction | None) -> str:
    """A share 0..1 as a percent."""
    exact = value or Fraction(0)
    return f"{half_up_ratio(100 * exact.numerator, exact.denominator, 2)}%"

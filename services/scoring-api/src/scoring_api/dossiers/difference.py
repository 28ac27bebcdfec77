"""Why two figures of the same thing differ, in words that an official can repeat. Pure."""

from __future__ import annotations

from decimal import Decimal

from parindex.dossiers.figures import Figure, percent_of
from scoring_api.answers import Words
from scoring_api.portal.observed import Observed


def thousands(number: int) -> str:
    """A count as Vietnamese write it: 464.494."""
    return f"{number:,}".replace(",", ".")


def comma(number: Decimal) -> str:
    """A decimal as Vietnamese write it: 86,74."""
    return str(number).replace(".", ",")


def difference(ours: Figure | None, portal: Observed | None) -> Words:
    """Ours against the portal's, in a sentence or two."""
    if ours is None and portal is None:
        return Words("Chưa có số của bên nào.", "Neither side has a figure.")
    if portal is None:
        why = f" Hệ thống chưa có số: {ours.reason_vi}" if ours is not None and ours.missing else ""
        return Words(f"Chưa lấy được số của Cổng.{why}", "The portal's figure was not pulled.")
    if ours is None or ours.missing:
        why = ours.reason_vi if ours is not None else "Chỉ tiêu này không tính được từ hồ sơ."
        return Words(f"Hệ thống chưa có số: {why}", "There is no figure of ours to compare with.")
    theirs = portal.counts
    if theirs is None:
        return _ratio_alone(ours, portal)
    assert ours.numerator is not None
    assert ours.denominator is not None
    mine = (ours.numerator, ours.denominator)
    if mine == theirs:
        return Words("Hai bên khớp nhau từng hồ sơ.", "Both sides agree to the last unit.")
    vi = [part for part in (_part("tử số", mine[0], theirs[0]), _part("mẫu số", mine[1], theirs[1])) if part]
    en = f"Ours {mine[0]}/{mine[1]}, the portal's {theirs[0]}/{theirs[1]}."
    if mine[1] and theirs[1]:
        gap = percent_of(*mine, 2) - percent_of(*theirs, 2)
        vi.append(
            f"tỷ lệ {'cao' if gap > 0 else 'thấp'} hơn {comma(abs(gap))} điểm phần trăm" if gap else "tỷ lệ như nhau"
        )
    return Words(f"So với Cổng, hệ thống có {'; '.join(vi)}.", en)


def _part(name: str, mine: int, theirs: int) -> str:
    if mine == theirs:
        return f"{name} bằng nhau ({thousands(mine)})"
    return f"{name} {'nhiều' if mine > theirs else 'ít'} hơn {thousands(abs(mine - theirs))} ({thousands(mine)} so với {thousands(theirs)})"


def _ratio_alone(ours: Figure, portal: Observed) -> Words:
    if portal.ratio is None:
        return Words("Cổng để trống chỉ tiêu này.", "The portal leaves this figure empty.")
    own = "không có mẫu số" if ours.percent is None else f"{comma(ours.percent)}%"
    return Words(
        f"Cổng chỉ công bố tỷ lệ {comma(portal.ratio)}%, không có tử số và mẫu số; hệ thống: {own}.",
        f"The portal prints the ratio {portal.ratio} alone.",
    )


def derived_words(on_time: Observed | None, content: Observed | None) -> Words:
    """How near the portal's satisfaction is to its own on-time rate: the same dossiers, but for a few."""
    general = Words(
        "Chỉ tiêu 5.4 của Cổng không hỏi ai: nó bằng 100% trừ tỷ lệ hồ sơ quá hạn và tỷ lệ hồ sơ bị phản ánh, không hài lòng."
        " Phiếu đánh giá hỏi trực tiếp người dân. Hai số đo hai điều khác nhau nên đặt cạnh nhau, không gộp.",
        "The portal's 5.4 asks nobody: it is 100% minus overdue dossiers minus dossiers complained about. Responses are answers of"
        " people. The two measure different things: they stand side by side and are never merged.",
    )
    timely_of, content_of = (one.counts if one else None for one in (on_time, content))
    if timely_of is None or content_of is None or timely_of[1] != content_of[1] or not content_of[1]:
        return general
    (timely, whole), (content_count, _) = timely_of, content_of
    apart = abs(timely - content_count)
    share = percent_of(apart, whole, 2)
    return Words(
        f"Trên Cổng, số hồ sơ đúng hạn ({thousands(timely)}) và số hồ sơ “hài lòng” ({thousands(content_count)}) chỉ khác nhau"
        f" {thousands(apart)} trong {thousands(whole)} hồ sơ ({comma(share)}%). {general.vi}",
        f"On the portal the dossiers on time ({timely}) and the 'satisfied' ones ({content_count}) differ by {apart} of {whole}. {general.en}",
    )

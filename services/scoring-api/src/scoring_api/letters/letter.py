"""An explanation as a text for an official letter, in Vietnamese: printable HTML and plain text of the same content.

Layout of official papers: issuing body on the left, national title on the right, place and date, bases ("Căn cứ"), tables, a
signature block left empty: number, place, date and signature are the official's to give.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from dataclasses import dataclass
from functools import lru_cache

import jinja2

from parindex.engine.period import VIETNAM
from scoring_api.letters.cell import CellExplanation, EntryLine

_STANDING = {
    "provisional": "tạm tính, đợt đánh giá chưa kết thúc",
    "final": "đã kết thúc",
    "published": "đã công bố",
}
_WIDTH = 100
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part: sentences, then a table (rows may be none)."""

    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter before it is set."""

    authority: str
    office: str
    place: str
    title: str
    about: str
    to: str
    notices: tuple[str, ...]
    bases: tuple[str, ...]
    sections: tuple[Section, ...]
    signature: str


def letter_of(cell: CellExplanation) -> Letter:
    """The letter that explains a figure to its unit."""
    subject = cell.subject
    numbered = f"{subject.number} {subject.title_vi}".strip()
    notices = [] if cell.notice is None else [cell.notice.vi]
    if cell.framework.status != "official" and cell.framework.status_note_vi:
        notices.append(cell.framework.status_note_vi)
    sections = [
        Section(
            "1. Quy định chấm điểm",
            _written(
                f"Nội dung: {numbered}.",
                f"Thuộc: {subject.field_vi}." if subject.field_vi != subject.title_vi else "",
                f"Điểm tối đa: {_vi(subject.maximum)}." if subject.maximum else "",
                f"Cách tính: {subject.rule_vi}",
                f"Tài liệu kiểm chứng theo quy định: {subject.evidence_required}." if subject.evidence_required else "",
                subject.note_vi,
            ),
        ),
        Section(
            "2. Số liệu đầu vào",
            () if cell.inputs else ("Không có số liệu để nêu." if cell.withheld is None else cell.withheld.vi,),
            ("Nội dung", "Giá trị"),
            tuple((line.label_vi, line.value_vi) for line in cell.inputs),
        ),
        Section("3. Kết quả và lý do", _result(cell)),
    ]
    if cell.evidence:
        sections.append(_evidence(cell, len(sections) + 1))
    if cell.entries:
        sections.append(_entries(cell.entries, len(sections) + 1))
    return Letter(
        cell.table.authority.upper(),
        "........................................",
        "...................., ngày ...... tháng ...... năm ..........",
        "GIẢI THÍCH KẾT QUẢ ĐÁNH GIÁ",
        f"{cell.table.title_vi}, kỳ {cell.table.period} ({_STANDING[cell.table.standing]}); đơn vị: {cell.unit}",
        cell.unit,
        tuple(notices),
        _bases(cell),
        tuple(sections),
        "THỦ TRƯỞNG ĐƠN VỊ",
    )


def as_html(letter: Letter) -> str:
    """The letter as a page with a print style sheet of its own; it loads nothing."""
    return _template().render(letter=letter)


def as_text(letter: Letter) -> str:
    """The letter as plain text, 100 columns wide."""
    left, right = [letter.authority, letter.office, "Số: ........../.........."], [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "---------------",
    ]  # fmt: skip
    lines = [f"*** {notice} ***" for notice in letter.notices]
    lines += [f"{one:<50}  {two}".rstrip() for one, two in zip(left, right, strict=True)]
    lines += ["", letter.place.rjust(_WIDTH), "", letter.title.center(_WIDTH).rstrip(), letter.about, ""]
    lines += [f"Kính gửi: {letter.to}", "", *letter.bases]
    for section in letter.sections:
        lines += ["", section.title, *section.lines]
        if section.rows:
            lines += [" | ".join(section.columns), *(" | ".join(row) for row in section.rows)]
    lines += ["", letter.signature.rjust(_WIDTH), "(Ký, ghi rõ họ tên, đóng dấu)".rjust(_WIDTH)]
    return "\n".join(part for line in lines for part in _wrapped(line)) + "\n"


def _wrapped(line: str) -> list[str]:
    return [line] if len(line) <= _WIDTH else textwrap.wrap(line, _WIDTH)


def _bases(cell: CellExplanation) -> tuple[str, ...]:
    decision = f" ban hành kèm theo {cell.framework.decision}" if cell.framework.decision else ""
    bases = [f"Căn cứ {cell.framework.title_vi} ({cell.framework.name}){decision};"]
    bases += [f"Căn cứ {basis.title};" for basis in cell.subject.bases]
    about = cell.table.about
    if cell.table.kind == "edition":
        named = f", {about['decision']}" if about["decision"] else ""
        bases.append(f"Căn cứ ấn bản số {about['edition_no']} đã công bố{named} (SHA-256: {about['sha256']}).")
    else:
        bases.append(f"Căn cứ hồ sơ đợt đánh giá số {about['round_id']}, tính đến sự kiện số {about['event_no']}.")
    return tuple(bases)


def _result(cell: CellExplanation) -> tuple[str, ...]:
    result = cell.result
    figure = ""
    if result.points is not None:
        figure = f"Điểm đạt được: {_vi(result.points)}" + (f"/{_vi(result.maximum)}." if result.maximum else ".")
    elif result.percent is not None:
        figure = f"Kết quả: {_vi(result.percent)}%."
    elif cell.withheld is None:
        figure = "Chưa có kết quả (khác với 0 điểm)." if result.state == "missing" else "Không có điểm."
    counts = cell.counts or {}
    surveyed = f"Số phiếu khảo sát: {counts['responses']}." if counts.get("responses") is not None else ""
    placed = f"Xếp hạng: {result.rank}." if result.rank is not None else ""
    return _written(figure, f"Lý do: {result.reason_vi}" if result.reason_vi else "", placed, surveyed)


def _evidence(cell: CellExplanation, number: int) -> Section:
    return Section(
        f"{number}. Tài liệu kiểm chứng",
        (),
        ("TT", "Đính kèm lúc", "Người đính kèm", "Dung lượng (byte)", "Mã băm SHA-256"),
        tuple(
            (
                str(place),
                _when(line.attached_at) + (f", đã xóa {_when(line.erased_at)}" if line.erased_at else ""),
                line.person,
                str(line.size),
                line.sha256,
            )
            for place, line in enumerate(cell.evidence, 1)
        ),
    )


def _entries(entries: list[EntryLine], number: int) -> Section:
    return Section(
        f"{number}. Quá trình đánh giá",
        (),
        ("Thời điểm", "Người thực hiện", "Việc", "Số liệu", "Điểm", "Ý kiến"),
        tuple(
            (
                _when(entry.at),
                f"{entry.person} ({entry.role_vi})",
                entry.kind_vi,
                "; ".join(f"{line.label_vi}: {line.value_vi}" for line in entry.inputs) or _NOTHING,
                _NOTHING if entry.points is None else _vi(entry.points),
                "; ".join(
                    _written(
                        " ".join(entry.note.split()), f"Lý do muộn: {entry.late_reason}" if entry.late_reason else ""
                    )
                )
                or _NOTHING,
            )
            for entry in entries
        ),
    )


def _written(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def _vi(figure: str) -> str:
    return figure.replace(".", ",")


def _when(instant: dt.datetime) -> str:
    return f"{instant.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("scoring_api.letters"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("letter.html")

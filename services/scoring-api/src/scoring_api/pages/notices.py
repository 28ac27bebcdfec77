"""What must be known before a figure is used, on every page that shows one: invented data, template criteria."""

from __future__ import annotations

from scoring_api.rounds.answers import RoundHead


def notices_of(round_: RoundHead) -> list[str]:
    """Sentences for the banner of a round's pages."""
    notices = [] if round_.notice is None else [round_.notice.vi]
    return notices + framework_notices(round_.framework.status, round_.framework.status_note_vi)


def framework_notices(status: str, note_vi: str) -> list[str]:
    """Sentences for the banner where a criteria set is not official."""
    if status == "official":
        return []
    word = "BỘ TIÊU CHÍ MẪU" if status == "template" else "BỘ TIÊU CHÍ VÍ DỤ"
    return [f"{word}, không phải văn bản chính thức. {note_vi}".strip()]

"""The page "connect in an afternoon" (`ket-noi.md`) at /ket-noi: one text for readers, for the repository and for the tests."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from markdown_it import MarkdownIt
from starlette.responses import HTMLResponse

router = APIRouter()
_STYLE = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "h1,h2{line-height:1.25;color:#7a1014}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #c9c9c9;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "pre{background:#f5f3ee;border-left:4px solid #7a1014;padding:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}"
    "pre code{font:13px/1.45 ui-monospace,monospace}code{font-family:ui-monospace,monospace}"
    "pre:has(.language-json),pre:has(.language-text){border-color:#2d6a4f;background:#f0f5f1}"
)


@cache
def page_source() -> str:
    """The page in Markdown, as it stands in the repository."""
    return files("survey_ingest").joinpath("vendor/ket-noi.md").read_text(encoding="utf-8")


@cache
def page_html() -> str:
    """The page as HTML: no script, nothing from elsewhere."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(page_source())
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Kết nối trong một buổi chiều</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


@router.get("/ket-noi", include_in_schema=False, response_class=HTMLResponse)
async def show_page() -> HTMLResponse:
    """Trang hướng dẫn kết nối cho đơn vị phần mềm."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return HTMLResponse(page_html(), headers={"Content-Security-Policy": policy})

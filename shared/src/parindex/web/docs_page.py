"""The interface shown to readers at `/docs`: Swagger UI from an installed package, so that no network is needed for it."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

PATH = "/docs"
_ASSETS = "docs/assets"
"""Relative like `openapi.json` beside it: the page works under any prefix that a reverse proxy puts in front."""


def add_docs_page(app: FastAPI) -> None:
    """Adds `/docs` and the files that it needs. The application must have been made with `docs_url=None`."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=app.title,
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
        # By default the page would send its address to a validator on the internet.
        swagger_ui_parameters={"validatorUrl": None},
    )

    @app.get(PATH, include_in_schema=False)
    async def docs() -> HTMLResponse:
        return page

    app.mount(f"/{_ASSETS}", StaticFiles(packages=[("fastapi_swagger", "resources")]), name="docs-assets")

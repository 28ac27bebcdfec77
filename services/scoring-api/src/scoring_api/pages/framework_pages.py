"""Pages of criteria sets in force: the list, a tree with the provenance of every number, what moved between two versions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.engine.criteria import Framework, Node
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.diff import diff
from parindex.register.framework_draft_rows import Author, list_drafts
from parindex.register.frameworks import load_frameworks_from_database
from parindex.workbooks.rule_sentence import rule_sentence
from parindex.workbooks.words import PROVENANCES, SOURCES, STATUSES
from scoring_api.dependencies import database_of
from scoring_api.frameworks.wire import framework_line
from scoring_api.pages.notices import framework_notices
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import page
from scoring_api.people.session import SignedIn

router = APIRouter(prefix="/pages/frameworks", include_in_schema=False, route_class=PageRoute)
DRAFT_STATES = {"draft": "đang soạn", "checked": "đã kiểm tra", "in_force": "đã ban hành", "withdrawn": "đã rút"}


async def catalogue_of(request: Request) -> CriteriaCatalogue:
    """Every version in force at some time."""
    async with database_of(request).connection() as connection:
        return await load_frameworks_from_database(connection)


@router.get("")
async def show_list(request: Request, person: SignedIn) -> Response:
    """Versions in force, and the authority's drafts for its officers."""
    catalogue = await catalogue_of(request)
    drafts = []
    if person.has("officer"):
        async with database_of(request).connection() as connection:
            drafts = await list_drafts(connection, Author(person.tenant_id, person.person_id))
    return page(
        "frameworks.html",
        person,
        done=request.query_params.get("done", ""),
        lines=[framework_line(one, catalogue) for one in catalogue.files],
        names=[(one.name, one.name) for one in catalogue.files],
        drafts=drafts,
        statuses=STATUSES,
        draft_states=DRAFT_STATES,
    )


@router.get("/diff")
async def show_difference(request: Request, person: SignedIn) -> Response:
    """What moved between two versions, and what of it can change points."""
    catalogue = await catalogue_of(request)
    names = [request.query_params.get(name, "") for name in ("from", "to")]
    before, after = (catalogue.get(*(f"{name}@".split("@")[:2])) for name in names)
    changes = await asyncio.to_thread(diff, before.framework, after.framework)
    return page("framework_diff.html", person, before=before, after=after, changes=changes)


@router.get("/{code}/{version}")
async def show_framework(request: Request, person: SignedIn, code: str, version: str) -> Response:
    """One version whole."""
    catalogue = await catalogue_of(request)
    file = catalogue.get(code, version)
    return page(
        "framework.html",
        person,
        line=framework_line(file, catalogue),
        document=file.document,
        notices=framework_notices(file.status, file.document["status_note_vi"]),
        warnings=file.warnings,
        older=[one.name for one in catalogue.versions(code) if one.name != file.name],
        name=file.name,
        **tree_of(file.framework),
    )


def tree_of(framework: Framework) -> dict[str, Any]:
    """A tree as its page shows it."""

    def lines(nodes: tuple[Node, ...], depth: int) -> Iterator[tuple[int, Node]]:
        for node in nodes:
            yield depth, node
            yield from lines(node.children, depth + 1)

    return {
        "nodes": list(lines(framework.roots, 0)),
        "rule_sentence": rule_sentence,
        "provenances": PROVENANCES,
        "source_words": SOURCES,
        "statuses": STATUSES,
        "titles": {key: source.get("title", key) for key, source in framework.document.get("sources", {}).items()},
    }

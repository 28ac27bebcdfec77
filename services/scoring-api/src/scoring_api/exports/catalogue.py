"""The open-data catalogue `catalog.jsonld` (DCAT 2): one dataset for each series of editions of an authority, index, scope and block.

Only production is open data; catalogues of invented data are given for trials and say so. Terms of use, theme and
frequencies are data (`catalogue_terms.json`).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from parindex.editions.body import BLOCK_WORDS
from parindex.engine.period import Period
from parindex.web.problems import problem_openapi
from parindex.workbooks.opening import MEDIA_TYPE as XLSX
from scoring_api.answers import NOTICES
from scoring_api.editions.edition_route import HEADERS, RENEWED
from scoring_api.editions.rows import HEAD, EditionHead
from scoring_api.exports.edition_parquet import MEDIA_TYPE as PARQUET
from scoring_api.parameters import Parameters
from scoring_api.rendered import Rendered, Renderings
from scoring_api.route import REALM
from scoring_api.snapshot import Snapshot

if TYPE_CHECKING:
    from scoring_api.app import Resources

PATH = "/catalog.jsonld"
MEDIA_TYPE = "application/ld+json"
_FRESH_SECONDS = 60.0
_PARAMETERS = Parameters(REALM)
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TITLES = """
SELECT e.tenant_id, e.edition_no, e.document::json #>> '{body,index,title_vi}' AS vi, e.document::json #>> '{body,index,title_en}' AS en
FROM unnest($1::int[], $2::int[]) AS newest(tenant_id, edition_no) JOIN edition e USING (tenant_id, edition_no)
"""
_FORMS = (
    ("", "application/json"),
    ("/table.csv", "text/csv"),
    ("/table.xlsx", XLSX),
    ("/table.parquet", PARQUET),
)


@cache
def _terms() -> dict[str, Any]:
    terms: dict[str, Any] = json.loads(files(__package__).joinpath("catalogue_terms.json").read_text("utf-8"))
    return terms


def _series_of(head: EditionHead) -> tuple[int, str, int, str]:
    return head.tenant_id, head.index_code, head.scope_unit_id, head.block


async def catalogue(snapshot: Snapshot, base: str) -> dict[str, Any]:
    """The catalogue of a realm. `base`: where this service is reached, without a slash at its end."""
    rows = await snapshot.connection.fetch(f"{HEAD} WHERE e.realm = $1 AND s.edition_no IS NULL", snapshot.realm)
    heads = sorted((EditionHead(**row) for row in rows), key=lambda head: (_series_of(head), head.order))
    series = [list(members) for _, members in groupby(heads, key=_series_of)]
    newest = [members[-1] for members in series]
    found = await snapshot.connection.fetch(
        _TITLES, [head.tenant_id for head in newest], [head.edition_no for head in newest]
    )
    titles = {(row["tenant_id"], row["edition_no"]): (row["vi"], row["en"]) for row in found}
    terms, notice = _terms(), NOTICES.get(snapshot.realm)
    return {
        "@context": _CONTEXT,
        "@id": f"{base}{PATH}",
        "@type": "dcat:Catalog",
        "dct:title": _both(terms["title_vi"], terms["title_en"]),
        **({"dct:description": _both(notice.vi, notice.en)} if notice else {}),
        "dct:language": ["vi", "en"],
        "dcat:dataset": [
            _dataset(snapshot, base, members, titles[members[-1].tenant_id, members[-1].edition_no])
            for members in series
        ],
    }


def _dataset(snapshot: Snapshot, base: str, heads: Sequence[EditionHead], title: tuple[str, str]) -> dict[str, Any]:
    newest, terms = heads[-1], _terms()
    scope = snapshot.units.name(newest.scope_unit_id, snapshot.today)
    block = BLOCK_WORDS.get(newest.block, (newest.block, newest.block))
    periods = [Period.parse(head.period) for head in heads]
    kind = Counter(period.kind for period in periods).most_common(1)[0][0]
    query = f"index={newest.index_code}&scope={newest.scope_unit_id}&block={newest.block}&tenant={newest.tenant_id}&realm={newest.realm}"
    notice = NOTICES.get(newest.realm)
    said = (notice.vi + " ", notice.en + " ") if notice else ("", "")
    return {
        "@id": f"{base}/v1/editions?{query}",
        "@type": "dcat:Dataset",
        "dct:identifier": "/".join(map(str, _series_of(newest))),
        "dct:title": _both(f"{title[0]}: {block[0]}, {scope}", f"{title[1]}: {block[1]}, {scope}"),
        "dct:description": _both(
            f"{said[0]}{len(heads)} ấn bản còn hiệu lực, mới nhất: {newest.title_vi}.",
            f"{said[1]}{len(heads)} standing editions, each signed and numbered; the newest: {newest.title_vi}.",
        ),
        "dct:publisher": _publisher(snapshot, newest),
        "dct:issued": _instant(min(head.published_at for head in heads)),
        "dct:modified": _instant(max(head.published_at for head in heads)),
        "dct:accrualPeriodicity": {"@id": terms["frequency"][kind]},
        "dcat:theme": terms["theme"],
        "dct:license": terms["license"],
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": min(period.first for period in periods).isoformat()},
            "dcat:endDate": {"@type": "xsd:date", "@value": max(period.last for period in periods).isoformat()},
        },
        "dct:spatial": {
            "@type": "dct:Location",
            "dct:title": scope,
            "dct:identifier": sorted(snapshot.units.codes(newest.scope_unit_id, snapshot.today).values()),
        },
        "dcat:landingPage": {"@id": f"{base}/v1/editions/latest?{query}"},
        "dcat:distribution": [_distribution(base, head, *form) for head in reversed(heads) for form in _FORMS],
    }


def _publisher(snapshot: Snapshot, head: EditionHead) -> dict[str, Any]:
    """The authority with its agency code; an authority's id is that of its unit."""
    units, day = snapshot.units, snapshot.today
    known = head.tenant_id in units
    codes = units.codes(head.tenant_id, day) if known else {}
    name = head.authority or (units.name(head.tenant_id, day) if known else str(head.tenant_id))
    code = codes.get("h_code") or codes.get("gso")
    return {"@type": "foaf:Agent", "foaf:name": name, "dct:identifier": code or str(head.tenant_id)}


def _distribution(base: str, head: EditionHead, end: str, media_type: str) -> dict[str, Any]:
    url = f"{base}{head.href}{end}"
    return {
        "@id": url,
        "@type": "dcat:Distribution",
        "dct:title": f"{head.period}: {head.title_vi}",
        "dct:identifier": f"{head.tenant_id}/{head.edition_no}",
        "dct:issued": _instant(head.published_at),
        "dcat:accessURL": {"@id": url},
        "dcat:downloadURL": {"@id": url},
        "dcat:mediaType": media_type,
    }


def _both(vi: str, en: str) -> list[dict[str, str]]:
    return [{"@language": "vi", "@value": vi}, {"@language": "en", "@value": en}]


def _instant(at: Any) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": at.isoformat()}


def add_catalogue(app: FastAPI, renderings: Renderings, resources: Callable[[], Resources], base: str) -> None:
    """Makes the route answer."""

    async def render(query: bytes) -> Rendered:
        given = _PARAMETERS.read(query, {})
        fresh_until = time.monotonic() + _FRESH_SECONDS
        async with resources().snapshots.open(given["realm"]) as snapshot:
            document = await catalogue(snapshot, base.rstrip("/"))
        body = json.dumps(document, ensure_ascii=False).encode()
        return Rendered.of(body, MEDIA_TYPE, cache_control=RENEWED, fresh_until=fresh_until)

    async def endpoint(request: Request) -> Response:
        key = (PATH, request.scope["query_string"], False)
        rendered = renderings.fresh(key) or await renderings.renew(key, lambda: render(key[1]))
        if_none_match = request.headers.get("if-none-match")
        return rendered.response(None if if_none_match is None else if_none_match.encode("latin-1"))

    app.add_api_route(
        PATH,
        endpoint,
        methods=["GET"],
        tags=["exports"],
        summary="Danh mục dữ liệu mở (DCAT) / Open-data catalogue (DCAT 2)",
        description="One dataset for each series of editions (authority, index, scope, block) with its publisher, periods, terms and files. Superseded editions are left out.",
        operation_id="catalogue",
        response_class=Response,
        responses={
            200: {
                "description": "Catalogue",
                "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
                "headers": HEADERS,
            },
            304: {"description": "Not modified: the caller's If-None-Match names these bytes.", "headers": HEADERS},
            **problem_openapi(422, 503),
        },
        openapi_extra={"parameters": _PARAMETERS.openapi()},
    )

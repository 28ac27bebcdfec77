"""What the routes of publications are sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, Field

from scoring_api.rounds.bodies import Body, UnitId
from scoring_api.rounds.spoken import clean_note

_INT4 = 2_147_483_647
_WORD = r"^[A-Za-z0-9._-]{1,64}$"
PublicationPath = Annotated[int, Path(ge=1, le=_INT4, description="Bản công bố / publication", examples=[1])]
Number = Annotated[int, Field(ge=1, le=_INT4)]
Why = Annotated[str, Field(max_length=4000), AfterValidator(clean_note)]
CaseNumber = Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,40}$", examples=["KN-2026-0001"])]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class RoundSource(Body):
    """The final table of a closed round."""

    kind: Literal["round"]
    round_id: Number


class SatisfactionSource(Body):
    """The frozen satisfaction table of a closed period."""

    kind: Literal["satisfaction"]
    realm: Literal["production", "sandbox", "synthetic"]
    instrument: Annotated[str, Field(pattern=_WORD)]
    version: Annotated[str, Field(pattern=_WORD)]
    scope_unit_id: UnitId
    block: Annotated[str, Field(pattern=_WORD)]
    period: Annotated[str, Field(min_length=4, max_length=7)]
    method: Literal["top2", "mean"]


class ImportedSource(Body):
    """A table as its publisher printed it, as observed at one moment."""

    kind: Literal["imported"]
    imported_table_id: Number


class PublicationBody(Body):
    """A table to publish. `supersedes` with `erratum`: which edition it corrects, what changed and why."""

    source: Annotated[RoundSource | SatisfactionSource | ImportedSource, Field(discriminator="kind")]
    title_vi: Annotated[str, AfterValidator(clean_note), Field(min_length=1, max_length=300)]
    decision: Annotated[str, AfterValidator(clean_note), Field(min_length=1, max_length=300)] | None = None
    supersedes: Number | None = None
    erratum: Annotated[str, AfterValidator(clean_note), Field(min_length=1, max_length=4000)] | None = None

    def source_document(self) -> dict[str, Any]:
        """The source as it is stored."""
        return self.source.model_dump()


class ReviewBody(Body):
    """`body_sha256`: of the draft that was read. A rejection needs a reason."""

    body_sha256: Sha256
    agrees: bool
    why: Why = ""


class ApprovalBody(Body):
    """`body_sha256`: of the draft that was reviewed. `acknowledged`: open cases in spite of which it is approved, with `why`."""

    body_sha256: Sha256
    why: Why = ""
    acknowledged: Annotated[list[CaseNumber], Field(max_length=10_000, default_factory=list)]


class ReasonBody(Body):
    """Why."""

    why: Annotated[str, AfterValidator(clean_note), Field(min_length=1, max_length=4000)]

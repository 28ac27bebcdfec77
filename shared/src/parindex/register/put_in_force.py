"""Puts a checked draft in force: from then on it is law, which nobody changes. Two persons and one lock stand before it."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.errors import Conflict, Finding, Forbidden, Invalid
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from parindex.frameworks.examine import examine_time
from parindex.register.framework_draft_rows import Author, Draft, locked_draft, move_draft, need_open
from parindex.register.frameworks import insert_versions, load_frameworks_from_database
from parindex.register.revision import hold_register_lock


async def put_in_force(
    connection: asyncpg.Connection,
    author: Author,
    draft_id: int,
    *,
    expected_sha256: str,
    why: str,
    retroactive_reason: str,
    today: dt.date,
) -> Draft:
    """Makes a checked draft law: a row of `framework_version` that nobody may change.

    Raises Conflict where the draft is not checked, is not the text with `expected_sha256`, or cannot follow what is in
    force; Forbidden for the author of the present document and for a code that another authority owns; Invalid for a
    first day before `today` without a reason. One draft at a time is put in force; two that contradict never both are.
    """
    await hold_register_lock(connection)
    draft = await locked_draft(connection, author, draft_id)
    need_open(draft)
    _agreed(draft, author, expected_sha256)
    file = read_framework_json(draft.document, f"{draft.code}@{draft.version}")
    if file.framework.sha256 != draft.sha256:
        raise _changed(draft, file.framework.sha256)
    catalogue = await load_frameworks_from_database(connection)
    if found := await against_law(connection, author, file, catalogue, today):
        owned = next((one for one in found if one.code == "code_of_another_authority"), None)
        raise (Forbidden if owned else Conflict)(
            f"{file.name} không thể có hiệu lực: {(owned or found[0]).message} / It cannot be put in force.",
            code=(owned or found[0]).code,
            hint=(owned or found[0]).hint,
            findings=found,
        )
    if file.valid_from < today and not retroactive_reason:
        raise Invalid(
            f"{file.name} có hiệu lực từ {file.valid_from}, trước hôm nay ({today})."
            " / It would be in force from a day that is past.",
            code="retroactive_without_reason",
            hint="Give retroactive_reason, or a later in_force.from.",
        )
    reason = f"{why} (hiệu lực trở về trước: {retroactive_reason})" if file.valid_from < today else why
    try:
        await insert_versions(connection, [file], tenant_id=author.tenant_id, person_id=author.person_id, why=reason)
    except asyncpg.UniqueViolationError:
        raise Conflict(
            f"{file.name} was put in force by somebody else a moment ago.", code="published_version_changed"
        ) from None
    return await move_draft(connection, author, draft_id, "in_force")


async def against_law(
    connection: asyncpg.Connection, author: Author, file: FrameworkFile, catalogue: CriteriaCatalogue, today: dt.date
) -> list[Finding]:
    """What stands between a version and the law as it is: its name, its owner, its place in time."""
    code = file.framework.code
    known = [one for one in catalogue.files if one.framework.code == code]
    findings = []
    owners = await connection.fetch("SELECT DISTINCT tenant_id FROM framework_version WHERE code = $1", code)
    if any(row["tenant_id"] != author.tenant_id for row in owners):
        findings.append(
            Finding(
                "code_of_another_authority",
                "code",
                f"mã {code} thuộc cơ quan khác. / The code {code} belongs to another authority.",
                "Đặt mã khác. / Choose a code of your own.",
            )
        )
    if any(one.name == file.name for one in known):
        findings.append(
            Finding(
                "version_in_force",
                "version",
                f"{file.name} đã có hiệu lực. / It is in force already and never changes.",
                "Đặt phiên bản khác. / Give another version.",
            )
        )
        return findings
    latest = max((one.valid_from for one in known), default=None)
    if latest is not None and file.valid_from <= latest:
        findings.append(
            Finding(
                "not_after_present",
                "in_force.from",
                f"hiệu lực từ {file.valid_from}, không sau phiên bản trước ({latest})."
                f" / In force from {file.valid_from}, not after the version of {latest}.",
                "Expected a day after the first day of every version in force.",
            )
        )
    return findings + examine_time([file], known, today)


def _agreed(draft: Draft, author: Author, expected_sha256: str) -> None:
    if draft.state != "checked":
        raise Conflict(
            f"Bản thảo {draft.code}@{draft.version} chưa được kiểm tra. / The draft is not checked.",
            code="draft_not_checked",
            hint="POST .../check first.",
        )
    if expected_sha256 != draft.sha256:
        raise _changed(draft, expected_sha256)
    # The operator's own command line stands outside the two persons of an authority, and says so in the event.
    if author.person_id is not None and author.person_id == draft.person_id:
        raise Forbidden(
            "Người soạn không tự ban hành: cần một người khác. / The author of a text does not put it in force.",
            code="second_person_needed",
            hint="Ask another officer of your authority.",
        )


def _changed(draft: Draft, found: str) -> Conflict:
    return Conflict(
        f"Văn bản đã đổi từ lúc kiểm tra: {draft.sha256[:12]}… không phải {found[:12]!r}…."
        " / The text is not the one that was checked.",
        code="draft_changed",
        hint="Read the draft again, check it, and name its sha256.",
    )

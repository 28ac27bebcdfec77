"""`parindex frameworks`: list, show, validate and compare criteria sets and print their schema (sub-app of `parindex`)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from parindex.cli.connection import file_text
from parindex.cli.framework_drafts import add_commands, file_bytes
from parindex.engine.criteria import Framework, Node, kind_of
from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid, ParindexError, Unreadable
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_document import written_digits
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json, read_framework_yaml
from parindex.frameworks.criteria_words import PROVENANCE_VI, RULE_VI, SOURCE_VI, STATUS_VI
from parindex.frameworks.diff import diff
from parindex.frameworks.effects import Effect, Standing, effects
from parindex.frameworks.examine import examine, examine_time
from parindex.frameworks.schema import framework_schema
from parindex.workbooks.framework_reading import read_framework_workbook

app = typer.Typer(no_args_is_help=True, help="Criteria sets: list, show, validate, compare; drafts, workbooks.")
add_commands(app)

Files = Annotated[list[Path], typer.Argument(help="Framework files (.yaml, .xlsx, or .json of a draft).")]
Named = Annotated[str, typer.Argument(help="CODE@VERSION of a shipped version, or a file.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of sentences.")]


@app.command("list")
def list_frameworks() -> None:
    """List every shipped version with its time, its size and how official it is."""
    catalogue = load_frameworks()
    for one in catalogue.files:
        until = catalogue.end(one)
        print(
            f"{one.name}  from {one.valid_from}, {f'until {until}' if until else 'open'}  "
            f"{len(one.framework.leaves())} components, {written_digits(one.framework.maximum)} points  "
            f"[{STATUS_VI[one.status]}]  {one.document['title_vi']}"
        )


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="CODE (the version in force), CODE@VERSION, or a file.")],
    tree: Annotated[bool, typer.Option("--tree", help="The criteria as an indented list.")] = False,
    on: Annotated[str, typer.Option("--on", help="Local day, yyyy-mm-dd; default: today in Vietnam.")] = "",
) -> None:
    """Print a version: its document as JSON with the digest, or its tree."""
    version = _version(name, _day(on))
    framework = version.framework
    if not tree:
        print(json.dumps({"sha256": framework.sha256, **version.document}, ensure_ascii=False, indent=2))
        return
    print(f"{version.name}  {version.document['title_vi']}  [{STATUS_VI[version.status]}]")
    if note := version.document["status_note_vi"]:
        print(note)
    print(f"Tổng {_points(framework.maximum)} điểm; số điểm tối đa / cách chấm / nguồn điểm / mức chắc chắn")
    for root in framework.roots:
        _print_node(root, 0)


@app.command()
def validate(files: Files) -> None:
    """Check files whole, with their worked cases (cases/VERSION.yaml beside them) and their place in time.

    Every fault of every file is named with its line and node; exit code 2 when there is one.
    """
    faults: list[Finding] = []
    read: list[FrameworkFile] = []
    for file in files:
        try:
            version = _read(file)
            examined = examine(version, _cases_beside(file))
        except ParindexError as error:
            faults += error.findings or [Finding(error.code, str(file), error.message, error.hint)]
            continue
        read.append(version)
        faults += examined.faults
        print(
            f"{file}: {version.name} [{STATUS_VI[version.status]}], {len(version.framework.leaves())} components, "
            f"{examined.cases} cases, digest {version.framework.sha256}"
        )
        for warning in examined.warnings:
            print(f"  warning {warning.field}: {warning.message} {warning.hint}".rstrip())
    if read:
        faults += examine_time(read, load_frameworks().files, local_day(dt.datetime.now(dt.UTC)))
    if faults:
        raise Invalid(
            f"{len(faults)} fault(s) in {len(files)} file(s).",
            code="framework_invalid",
            findings=faults,
            hint="Correct every place named and validate again.",
        )


@app.command("diff")
def compare(
    old: Named,
    new: Named,
    inputs: Annotated[
        Path | None,
        typer.Option("--inputs", help='JSON {"unit id": {"block": ..., "inputs": {...}}}: says whose points change.'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what moved between two versions and, with inputs, whose points, index or rank change."""
    before, after = _version(old), _version(new)
    changes = diff(before.framework, after.framework)
    moved = [] if inputs is None else _effects(before.framework, after.framework, inputs)
    if as_json:
        document = {
            "from": before.name,
            "to": after.name,
            "changes": [change.document() for change in changes],
            "units": [_effect_document(one) for one in moved],
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(f"{before.name} [{STATUS_VI[before.status]}] -> {after.name} [{STATUS_VI[after.status]}]")
    for change in changes:
        print(f"{'*' if change.scores else ' '} {change.vi}")
    scoring = sum(change.scores for change in changes)
    print(f"{len(changes)} thay đổi, {scoring} có thể làm đổi điểm (dấu *).")
    for one in moved:
        print(f"Đơn vị {one.unit}: {_standing(one.before)} -> {_standing(one.after)}{_left_out(one)}")
    if inputs is not None:
        print(f"{len(moved)} đơn vị đổi điểm, chỉ số hoặc hạng.")


@app.command()
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of the framework document."""
    print(json.dumps(framework_schema(), ensure_ascii=False, indent=2))


def _day(text: str) -> dt.date:
    if not text:
        return local_day(dt.datetime.now(dt.UTC))
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day.", code="day_unreadable", hint="Write it like 2025-07-01.") from None


def _version(name: str, day: dt.date | None = None) -> FrameworkFile:
    """A shipped version by name, the one in force by code (where a day is given), or the version of a file."""
    if Path(name).suffix in {".yaml", ".json", ".xlsx"}:
        return _read(Path(name))
    code, at, version = name.partition("@")
    if at:
        return load_frameworks().get(code, version)
    return load_frameworks().on(code, day or local_day(dt.datetime.now(dt.UTC)))


def _read(file: Path) -> FrameworkFile:
    if file.suffix == ".xlsx":
        return read_framework_workbook(file_bytes(file), file.name)
    if file.suffix == ".json":
        return read_framework_json(_json(file), file.name)
    return read_framework_yaml(file_text(file), file.name)


def _json(file: Path) -> Any:
    try:
        return json.loads(file_text(file))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{file} is not JSON: {error}.", code="json_unreadable", hint="Expected one object.") from None


def _cases_beside(file: Path) -> tuple[str, str] | None:
    cases = file.parent / "cases" / f"{file.stem}.yaml"
    return (f"cases/{cases.name}", file_text(cases)) if cases.is_file() else None


def _effects(old: Framework, new: Framework, file: Path) -> list[Effect]:
    given = _json(file)
    try:
        units = {int(unit): (one["block"], dict(one["inputs"])) for unit, one in given.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Invalid(
            f"{file} does not say unit, block and inputs.",
            code="units_unreadable",
            hint='Expected {"12": {"block": "province", "inputs": {"code": {...}}}}.',
        ) from None
    return effects(old, new, units)


def _print_node(node: Node, depth: int) -> None:
    leaf = f" / {RULE_VI[kind_of(node.leaf.rule)]} / {SOURCE_VI[node.leaf.source]}" if node.leaf else ""
    number = f"{node.number} " if node.number else ""
    print(
        f"{'  ' * depth}{number}{node.title_vi} [{node.code}]: {_points(node.maximum)}{leaf} / {PROVENANCE_VI[node.provenance]}"
    )
    for child in node.children:
        _print_node(child, depth + 1)


def _points(value: Any) -> str:
    return written_digits(value).replace(".", ",")


def _standing(standing: Standing) -> str:
    index = "chưa đủ số liệu" if standing.index is None else f"{_points(standing.index)}%"
    return f"{_points(standing.points)}/{_points(standing.maximum)} ({index}, hạng {standing.rank or '-'})"


def _left_out(effect: Effect) -> str:
    return f"; không chuyển được: {', '.join(effect.not_carried)}" if effect.not_carried else ""


def _effect_document(effect: Effect) -> dict[str, Any]:
    def plain(one: Standing) -> dict[str, Any]:
        index = None if one.index is None else written_digits(one.index)
        return {
            "points": written_digits(one.points),
            "maximum": written_digits(one.maximum),
            "index": index,
            "rank": one.rank,
        }

    return {
        "unit": effect.unit,
        "before": plain(effect.before),
        "after": plain(effect.after),
        "not_carried": list(effect.not_carried),
    }

"""`parindex frameworks`: what an officer or engineer sees without a database."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from parindex.cli.main import app
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import read_framework_yaml
from parindex.frameworks.schema import framework_schema
from support.frameworks import framework_text

CASES = """cases:
  - {name: Có kế hoạch, block: department, inputs: {plan: {value: true}}, expect: {plan: "10.00", index: "100.00"}}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["frameworks", *map(str, arguments)])


def written(folder: Path, text: str, name: str = "1.yaml", cases: str = CASES) -> Path:
    (folder / "cases").mkdir(exist_ok=True)
    (folder / "cases" / name).write_text(cases, "utf-8")
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_list_names_every_shipped_version_and_says_which_are_not_official():
    result = run("list")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines()}
    assert lines.keys() == {one.name for one in load_frameworks().files}
    for one in load_frameworks().files:
        assert ("không chính thức" in lines[one.name]) is one.framework.template


def test_show_prints_the_document_with_its_digest_and_the_tree_with_the_provenance_of_each_number():
    version = next(one for one in load_frameworks().files if one.framework.template)
    document = json.loads(run("show", version.name).output)
    assert (document["sha256"], document["children"]) == (version.framework.sha256, version.document["children"])
    tree = run("show", version.name, "--tree").output
    assert "mẫu, không chính thức" in tree
    assert version.document["status_note_vi"] in tree
    assert all(f"[{node.code}]" in tree for node in version.framework.walk())


def test_show_of_a_code_is_the_version_in_force_on_the_day_and_an_error_in_a_gap():
    catalogue = load_frameworks()
    newest = next(one for one in reversed(catalogue.files) if catalogue.end(one) is None)
    shown = json.loads(run("show", newest.framework.code, "--on", newest.valid_from.isoformat()).output)
    assert shown["sha256"] == newest.framework.sha256
    result = run("show", newest.framework.code, "--on", "1950-01-01")
    assert result.exit_code == 2
    assert "in force on 1950-01-01" in result.output
    assert run("show", newest.framework.code, "--on", "soon").exit_code == 2


def test_validate_says_what_a_good_file_is(tmp_path: Path):
    file = written(tmp_path, framework_text())
    result = run("validate", file)
    assert result.exit_code == 0, result.output
    assert "demo@1 [mẫu, không chính thức], 1 components, 1 cases, digest" in result.output


def test_validate_names_all_faults_of_all_files_and_ends_with_2(tmp_path: Path):
    bad = written(tmp_path, framework_text(("rule: yes_no", "rule: yesno"), ("periods: [year]", "periods: [week]")))
    wrong = written(tmp_path, framework_text(), "2.yaml", CASES.replace('"10.00"', '"9.00"'))
    missing = tmp_path / "3.yaml"
    result = run("validate", bad, wrong, missing)
    assert result.exit_code == 2
    for words in ("'yesno' is not known", "'week' is no kind", "plan is 10.00, expected 9.00", "3.yaml cannot be read"):
        assert words in result.output
    assert "4 fault(s) in 3 file(s)" in result.output


def test_validate_looks_at_files_together_and_at_what_was_published(tmp_path: Path):
    first = written(tmp_path, framework_text())
    second = written(tmp_path, framework_text(('version: "1"', 'version: "2"'), ("from: 2025", "from: 2026")), "2.yaml")
    result = run("validate", first, second)
    assert (result.exit_code, "when demo@1 still is" in result.output) == (2, True)
    shipped = load_frameworks().files[0]
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({**shipped.document, "title_vi": "Tên khác"}), "utf-8")
    result = run("validate", changed)
    assert (result.exit_code, "A published version never changes" in result.output) == (2, True)


def test_validate_warns_of_maxima_that_differ(tmp_path: Path):
    result = run("validate", written(tmp_path, framework_text(("max: 10\n", "max: 12\n"))))
    assert (result.exit_code, "warning 1.yaml:9: max: the maxima below sum to 10" in result.output) == (0, True)


def test_a_json_draft_is_validated_like_a_file(tmp_path: Path):
    document = read_framework_yaml(framework_text(), "demo.yaml").document
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps(document), "utf-8")
    assert run("validate", draft).exit_code == 0
    draft.write_text(json.dumps({**document, "max": 10.5}), "utf-8")
    assert "Write numbers as text" in run("validate", draft).output
    draft.write_text("{", "utf-8")
    assert "is not JSON" in run("validate", draft).output


def test_diff_says_in_vietnamese_what_moved_and_whose_points(tmp_path: Path):
    old = written(tmp_path, framework_text())
    new = written(
        tmp_path, framework_text(('version: "1"', 'version: "2"'), ("rule: yes_no", "rule: manual")), "2.yaml"
    )
    result = run("diff", old, new)
    assert result.exit_code == 0
    assert "* Kế hoạch [plan]: cách chấm có / không thành hội đồng cho điểm." in result.output
    units = tmp_path / "units.json"
    units.write_text('{"7": {"block": "department", "inputs": {"plan": {"value": true}}}}', "utf-8")
    result = run("diff", old, new, "--inputs", units)
    assert (
        "Đơn vị 7: 10,00/10,00 (100,00%, hạng 1) -> 0,00/10,00 (chưa đủ số liệu, hạng -); không chuyển được: plan"
        in result.output
    )
    document = json.loads(run("diff", old, new, "--inputs", units, "--json").output)
    assert [one["kind"] for one in document["changes"]] == ["rule"]
    assert document["units"][0]["after"]["index"] is None
    units.write_text("[]", "utf-8")
    assert run("diff", old, new, "--inputs", units).exit_code == 2


def test_schema_prints_the_schema():
    assert json.loads(run("schema").output) == framework_schema()

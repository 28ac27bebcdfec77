"""The rows of a framework workbook put together as a framework document, with the cell behind each of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parindex.workbooks import framework_sheets as sheets
from parindex.workbooks import words
from parindex.workbooks.columns import Unusable, word_of
from parindex.workbooks.framework_rows import LISTS
from parindex.workbooks.tables import Findings, Row

_NODE_KEYS = tuple(
    column.key for column in sheets.TREE_COLUMNS if not column.generated and column.key not in ("level", "section")
)
_PARAMETER_WORDS: Mapping[str, Mapping[str, str]] = {"of": words.QUANTITIES, "direction": words.DIRECTIONS}
_SCALAR_LISTS = ("items",)


class DocumentBuilder:
    """Collects the document; `places` maps field paths such as `children[2].max` to cells."""

    def __init__(self, tables: Mapping[str, list[Row]], general: Row, findings: Findings) -> None:
        self.tables, self.general, self.findings = tables, general, findings
        self.places: dict[str, str] = {}

    def document(self) -> dict[str, Any]:
        """The document as far as the workbook says it; what is missing or wrong is left to the reader of documents."""
        made: dict[str, Any] = {"status_note_vi": "", "status_note_en": "", "rounding": {"mode": "half_up"}}
        for key, value in self.general.values.items():
            _put(made, key, value)
        self.places |= self.general.places
        made["blocks"] = self._list(sheets.BLOCKS, "blocks")
        made["gaps"] = self._list(sheets.GAPS, "gaps")
        self._grades(made)
        if "grouping" in made or self.tables[sheets.GROUPS]:
            made.setdefault("grouping", {})["labels"] = self._list(sheets.GROUPS, "grouping.labels")
        made["views"] = [self._view(place, row) for place, row in enumerate(self.tables[sheets.VIEWS])]
        made["sources"] = self._named(sheets.SOURCES, "sources", "key")
        made["external_indices"] = self._named(sheets.INDICES, "external_indices", "code")
        made["not_modelled"] = []
        for place, row in enumerate(self.tables[sheets.NOT_MODELLED]):
            made["not_modelled"].append(row.values.get("sentence", ""))
            self.places[f"not_modelled[{place}]"] = row.places["sentence"]
        made["children"] = self._tree()
        return made

    def _list(self, sheet: str, path: str) -> list[dict[str, Any]]:
        for place, row in enumerate(self.tables[sheet]):
            self._at(f"{path}[{place}]", row)
        return [dict(row.values) for row in self.tables[sheet]]

    def _named(self, sheet: str, path: str, key: str) -> dict[str, dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {}
        for row in self.tables[sheet]:
            name = str(row.values.get(key, ""))
            if not name:
                self.findings.note("key_missing", row.places[key], "thiếu mã.", "Điền mã của dòng này.")
            elif name in made:
                self.findings.note("duplicate_code", row.places[key], f"mã {name!r} có hai dòng.", "Giữ một dòng.")
            else:
                made[name] = {column: value for column, value in row.values.items() if column != key}
                self._at(f"{path}.{name}", row, first=key)
        return made

    def _grades(self, made: dict[str, Any]) -> None:
        rows = self.tables[sheets.GRADES]
        if not rows and "grades" not in made:
            return
        scales: dict[str, list[dict[str, Any]]] = {}
        found: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        for row in rows:
            block = str(row.values.get("block", ""))
            path = f"grades.blocks.{block}" if block else "grades.default"
            scale = scales.setdefault(block, [])
            self._at(f"{path}[{len(scale)}]", row)
            grade = {key: value for key, value in row.values.items() if key != "block"}
            found[block, str(grade.get("label_vi", ""))] = grade, f"{path}[{len(scale)}]"
            scale.append(grade)
        for row in self.tables[sheets.CONDITIONS]:
            named = str(row.values.get("block", "")), str(row.values.get("label_vi", ""))
            if named not in found:
                self.findings.note(
                    "grade_unknown",
                    row.places["label_vi"],
                    f"không có xếp loại {named[1]!r} ở khối này trong sheet {sheets.GRADES!r}.",
                    "Ghi đúng tên xếp loại và khối.",
                )
                continue
            grade, path = found[named]
            conditions = grade.setdefault("conditions", [])
            self._at(f"{path}.conditions[{len(conditions)}]", row, first="component")
            conditions.append(
                {"requires": "maximum"}
                | {key: row.values[key] for key in ("component", "title_vi", "title_en") if key in row.values}
            )
        grades = made.setdefault("grades", {})
        grades["default"] = scales.pop("", [])
        if scales:
            grades["blocks"] = scales

    def _view(self, place: int, row: Row) -> dict[str, Any]:
        path = f"views[{place}]"
        self._at(path, row)
        self.places[f"{path}.select"] = row.places["members"]
        view = {key: value for key, value in row.values.items() if key not in ("selector", "members")}
        return view | {"select": {row.values.get("selector", "leaves"): row.values.get("members", [])}}

    def _tree(self) -> list[dict[str, Any]]:
        roots: list[dict[str, Any]] = []
        open_nodes: list[tuple[dict[str, Any], str]] = []
        by_code: dict[str, tuple[dict[str, Any], str]] = {}
        for row in self.tables[sheets.TREE]:
            level = row.values.get("level")
            if not isinstance(level, int) or not 1 <= level <= len(open_nodes) + 1:
                self.findings.note(
                    "level_wrong",
                    row.places["level"],
                    f"cấp {level if level is not None else '(trống)'} không nối tiếp dòng trên.",
                    f"Điền số từ 1 đến {len(open_nodes) + 1}: 1 là lĩnh vực, mỗi cấp dưới thêm 1.",
                )
                level = min(max(level, 1), len(open_nodes) + 1) if isinstance(level, int) else max(1, len(open_nodes))
            del open_nodes[level - 1 :]
            siblings = open_nodes[-1][0].setdefault("children", []) if open_nodes else roots
            path = f"{open_nodes[-1][1]}.children[{len(siblings)}]" if open_nodes else f"children[{len(siblings)}]"
            node = {key: row.values[key] for key in _NODE_KEYS if key in row.values}
            if row.values.get("section", "main") != "main":
                node["section"] = row.values["section"]
            self._at(path, row, first="code")
            siblings.append(node)
            open_nodes.append((node, path))
            by_code.setdefault(str(node.get("code", "")), (node, path))
        for row in self.tables[sheets.RULES]:
            self._parameter(row, by_code)
        return roots

    def _parameter(self, row: Row, by_code: Mapping[str, tuple[dict[str, Any], str]]) -> None:
        code, parameter = str(row.values.get("component", "")), row.values.get("parameter")
        if code not in by_code or not code:
            self.findings.note(
                "component_unknown",
                row.places["component"],
                f"không có tiêu chí mã {code!r} trong sheet {sheets.TREE!r}.",
                "Ghi đúng mã, hoặc xóa dòng này.",
            )
            return
        if parameter is None:
            self.findings.note(
                "parameter_missing",
                row.places["parameter"],
                "thiếu tên tham số.",
                f"Chọn một trong: {'; '.join(words.PARAMETERS.values())}.",
            )
            return
        node, path = by_code[code]
        if parameter in LISTS:
            self._one_of_list(node, path, parameter, row)
            return
        self._only(row, ("value",))
        value = row.values.get("value")
        if parameter in _PARAMETER_WORDS and value is not None:
            try:
                value = word_of(str(value), _PARAMETER_WORDS[parameter])
            except Unusable as fault:
                self.findings.note(fault.code, row.places["value"], fault.message, fault.hint)
                return
        if parameter in _SCALAR_LISTS:
            self.places[f"{path}.{parameter}[{len(node.setdefault(parameter, []))}]"] = row.places["value"]
            node[parameter].append(value)
        elif parameter in node:
            self.findings.note(
                "parameter_twice",
                row.places["parameter"],
                f"{words.PARAMETERS[parameter]!r} có hai dòng.",
                "Giữ một dòng.",
            )
        else:
            node[parameter] = value
            self.places[f"{path}.{parameter}"] = row.places["value"]

    def _one_of_list(self, node: dict[str, Any], path: str, parameter: str, row: Row) -> None:
        entries = node.setdefault(parameter, [])
        self._only(row, tuple(LISTS[parameter].values()))
        entries.append({key: row.values[column] for key, column in LISTS[parameter].items() if column in row.values})
        place = f"{path}.{parameter}[{len(entries) - 1}]"
        self.places[place] = row.places["parameter"]
        self.places.setdefault(f"{path}.{parameter}", row.places["parameter"])
        self.places |= {f"{place}.{key}": row.places[column] for key, column in LISTS[parameter].items()}

    def _only(self, row: Row, used: tuple[str, ...]) -> None:
        """A cell that the parameter does not use says something that would be lost."""
        for key in row.values.keys() - {"component", "parameter", *used}:
            self.findings.note(
                "cell_unused",
                row.places[key],
                f"tham số {words.PARAMETERS[row.values['parameter']]!r} không dùng cột này.",
                "Xóa ô, hoặc chọn đúng tham số.",
            )

    def _at(self, path: str, row: Row, first: str | None = None) -> None:
        self.places |= {f"{path}.{key}": place for key, place in row.places.items()}
        self.places[path] = row.places[first] if first else next(iter(row.places.values()))


def place_of(path: str, places: Mapping[str, str]) -> str:
    """The cell of a field path, or of the nearest field above it, or of the first one below it."""
    above = path
    while above:
        if above in places:
            return places[above]
        below = next((place for known, place in places.items() if known.startswith((f"{above}.", f"{above}["))), None)
        if below is not None:
            return below
        above = above[: max(above.rfind("."), above.rfind("["), 0)]
    return places["code"]


def _put(made: dict[str, Any], path: str, value: Any) -> None:
    *above, key = path.split(".")
    for step in above:
        made = made.setdefault(step, {})
    made[key] = value

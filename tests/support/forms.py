"""Pages as a browser reads them: every form with its fields, and what every page of ours must keep to."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Form:
    """A form: its fields by name with the values that they stand at, and which of them have a label."""

    action: str
    method: str
    enctype: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    options: dict[str, set[str]] = field(default_factory=dict)
    buttons: int = 0

    def filled(self, changes: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        """What a browser would send. A name that the form does not have, or a choice that it does not offer, fails."""
        for name, value in changes.items():
            assert name in self.names, f"{self.action} has no field {name}: {sorted(self.names)}"
            for one in [value] if isinstance(value, str) else value:
                assert name not in self.options or one in self.options[name], f"{name} does not offer {one!r}"
        return {**self.fields, **changes}


@dataclass
class Page:
    """A page that kept to the rules."""

    status: int
    path: str
    html: str
    text: str
    forms: list[Form]
    links: list[str]

    def form(self, action: str) -> Form:
        """The one form whose action ends like this."""
        found = [form for form in self.forms if form.action.endswith(action)]
        assert len(found) == 1, f"{self.path} has {len(found)} forms {action}: {[form.action for form in self.forms]}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.to_label: list[str] = []
        self.open: list[str] = []
        self._select: str | None = None
        self._area: str | None = None
        self._tables: list[set[str]] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.faults += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"]
        if tag in {"script", "style", "iframe", "object", "embed"}:
            self.faults.append(f"<{tag}>")
        for name in ("src", "href", "action"):
            if given.get(name, "").startswith(("http:", "https:", "//", "javascript:")):
                self.faults.append(f"{tag} leads elsewhere: {given[name]}")
        if "id" in given:
            self.ids.append(given["id"])
        if tag not in VOID:
            self.open.append(tag)
        match tag:
            case "a":
                self.links.append(given.get("href", ""))
            case "label":
                self.labels.add(given.get("for", ""))
            case "img" if not given.get("alt"):
                self.faults.append("img without alt")
            case "html" if given.get("lang") != "vi":
                self.faults.append("lang is not vi")
            case "form":
                self.forms.append(Form(given["action"], given.get("method", "get"), given.get("enctype", "")))
            case "button":
                self.forms[-1].buttons += 1
            case "input" | "select" | "textarea":
                self._control(tag, given)
            case "option" if self._select:
                form = self.forms[-1]
                form.options.setdefault(self._select, set()).add(given["value"])
                if "selected" in given or self._select not in form.fields:
                    form.fields[self._select] = [given["value"]]
            case "table":
                self._tables.append(set())
            case "caption" | "th" if self._tables:
                self._tables[-1].add("caption" if tag == "caption" else "scope" if "scope" in given else "bare th")

    def _control(self, tag, given):
        form, name, kind = self.forms[-1], given["name"], given.get("type", "")
        form.names.add(name)
        if kind != "hidden" and "label" not in self.open:
            self.to_label.append(given.get("id", f"{name} has no id"))
        if kind in ("radio", "checkbox"):
            form.options.setdefault(name, set()).add(given["value"])
            if "checked" in given:
                form.fields.setdefault(name, []).append(given["value"])
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.fields[name] = [""]
        elif kind != "file":
            form.fields[name] = [given.get("value", "")]

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._area = None
        if tag == "table" and (missing := {"caption", "scope"} - (marks := self._tables.pop())):
            self.faults.append(f"table without {missing}")
        elif tag == "table" and "bare th" in marks:
            self.faults.append("th without scope")

    def handle_data(self, data):
        if self._area is not None:
            self.forms[-1].fields[self._area][0] += data
        self.text.append(data)


def read_page(answer: httpx.Response) -> Page:
    """The page; fails for what no page of ours may have, or must."""
    assert answer.headers["content-type"].startswith("text/html"), answer.headers
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    reader = _Reader()
    reader.feed(answer.text)
    assert reader.faults == [], answer.url
    assert len(reader.ids) == len(set(reader.ids)), f"{answer.url}: an id stands twice: {reader.ids}"
    assert [one for one in reader.to_label if one not in reader.labels] == [], answer.url
    assert all(form.method in ("get", "post") and form.buttons == 1 for form in reader.forms), answer.url
    assert answer.text.count("<h1") == 1, answer.url
    assert 'class="skip"' in answer.text
    assert [mark for link in reader.links if link.startswith("#") and (mark := link[1:]) not in reader.ids] == []
    return Page(
        answer.status_code,
        answer.url.path,
        answer.text,
        " ".join(" ".join(reader.text).split()),
        reader.forms,
        reader.links,
    )

"""An edition as CSV for spreadsheets (BOM, RFC 4180, no formulas): a row a unit, with the edition's identity on each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoring_api import csv_form
from scoring_api.exports.edition_table import columns_of, identity


def edition_csv(document: Mapping[str, Any], sha256: str) -> bytes:
    """The file. Points and percents have their published digits; an empty cell is a figure that is missing or withheld."""
    columns, about = columns_of(document["body"]), identity(document, sha256)
    rows = ([*(column.of(row) for column in columns), *about.values()] for row in document["body"]["rows"])
    return csv_form.encode(([*(column.code for column in columns), *about], rows))

"""The shipped register and its catalogue, read once a session."""

from __future__ import annotations

import pytest

from parindex.units.catalogue import UnitCatalogue
from parindex.units.shipped import ShippedRegister, read_shipped


@pytest.fixture(scope="session")
def shipped() -> ShippedRegister:
    return read_shipped()


@pytest.fixture(scope="session")
def catalogue(shipped: ShippedRegister) -> UnitCatalogue:
    return UnitCatalogue(1, shipped.units, shipped.lineage)

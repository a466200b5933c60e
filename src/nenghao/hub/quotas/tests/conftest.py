"""Clinker plants with month records of electricity and coal, and what the tests of verdicts share."""

from __future__ import annotations

import pytest

from nenghao.hub.energy_accounts.computing import refresh as refresh_accounts
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, NOW, Plant, _codes_once, codes, store
from nenghao.hub.production.entry import file_output
from nenghao.hub.production.models import Product

__all__ = ["ClinkerPlant", "_codes_once", "codes", "store"]


class ClinkerPlant(Plant):
    """A plant that makes clinker."""

    def __init__(self, store, county, number):
        super().__init__(store, county, number)
        self.product = Product.objects.create(
            enterprise=self.enterprise, code="P1", name="熟料", unit="t", quota_product="水泥熟料"
        )

    def month(self, month, *, kwh, coal_t, clinker_t, parameters=None):
        """Send energy, file the output and compute the account of a month."""
        self.send(month, GRID=kwh, COAL=coal_t)
        if clinker_t is not None:
            file_output(actor=ACTOR, now=NOW, product=self.product, month=month, quantity=clinker_t,
                        parameters=parameters or {})  # fmt: skip
        refresh_accounts(store=self.store, now=NOW)


@pytest.fixture
def plants(store):
    return [ClinkerPlant(store, county, number) for number, county in ((1, "370612"), (2, "370102"))]

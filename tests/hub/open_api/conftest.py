"""Two cities with tokens; helpers that call the API through the hub's whole chain."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from django.test import Client
from django.utils import timezone

from nenghao.hub.audit.services import Actor
from nenghao.hub.open_api import auth
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.tokens import make_token
from nenghao.hub.registry.sync import refresh
from nenghao.hub.store import get_store
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

ELECTRICITY = {
    "data_code": "00-00-0000-023300-10", "energy_key": "electricity", "class_code": "02", "type_code": "3300",
    "usage_code": "10", "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 10000.0, "counts_in_total": True,
}  # fmt: skip
NOW = datetime.now(BEIJING) - timedelta(hours=1)


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch):
    monkeypatch.setattr(auth, "_by_token", auth.MinuteLimit())
    monkeypatch.setattr(auth, "_by_address", auth.MinuteLimit())


@pytest.fixture
def token_of():
    """Make a token of an account: ``token_of(account, "readings")``; without scopes it has all."""

    def make(account, *scopes, days=30, now=NOW):
        return make_token(
            actor=Actor.command("test"), now=now, account=account, name="测试", scopes=scopes or Scope.values, days=days
        )

    return make


@pytest.fixture
def call():
    """Call the API: ``call(token, "/enterprises", region="370600")`` gives the response."""

    def make(token, path, method="get", body=None, headers=None, **parameters):
        text = getattr(token, "text", token)
        known = {"authorization": f"Bearer {text}"} if text else {}
        if method == "post":
            return Client().post(f"/api/v1{path}", body, content_type="application/json", headers=known)
        return Client().get(f"/api/v1{path}", parameters, headers=known | (headers or {}))

    return make


def rows_of(response):
    """Give the rows of an answer in any of the three forms, instants as text."""
    assert response.status_code == 200, response.content
    kind = response["Content-Type"]
    if kind == "application/json":
        return response.json()["rows"]
    if kind.startswith("text/csv"):
        return pacsv.read_csv(io.BytesIO(response.content)).to_pylist()
    return pa.ipc.open_stream(response.content).read_all().to_pylist()


def send(enterprise, values, *, first="2026-03-10", stat_type=1, item=None, **facts):
    """Store day records from ``first`` on; None is missing."""
    refresh()
    count = len(values)
    starts = np.datetime64(first, "s") + np.arange(count) * np.timedelta64(86400 if stat_type else 900, "s")
    number = get_store().submit(ReadingBatch(
        received_at=facts.pop("received_at", timezone.now()), enterprise_id=enterprise.pk,
        data_item_id=np.full(count, (item or enterprise.data_items.order_by("pk").first()).pk),
        stat_type=np.full(count, stat_type), period_start=starts,
        value=np.array([np.nan if value is None else value for value in values]),
        state=np.array([2 if value is None else 0 for value in values]), input_type=np.full(count, 1), **facts,
    )).result(30)  # fmt: skip
    get_store().rollup_pending()
    return number

"""The quality sample, once for the tests of a module, in a transaction that is rolled back."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction
from django.test import Client

from nenghao.hub import store as hub_store
from nenghao.hub.accounts.models import Account
from nenghao.hub.quality_review.tests.sample import fill
from nenghao.hub.registry.codes import seed_codes
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore


@pytest.fixture(scope="module")
def sample(django_db_setup, django_db_blocker, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "readings.duckdb"
    with django_db_blocker.unblock(), ReadingStore.open(path) as store, transaction.atomic():
        before, hub_store._store = hub_store._store, store
        seed_codes()
        yield fill(store, datetime.now(BEIJING))
        hub_store._store = before
        transaction.set_rollback(True)


@pytest.fixture
def sign_in(sample, db):
    def signed_in(username: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=username))
        return client

    return signed_in

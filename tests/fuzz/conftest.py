"""The world that is fuzzed, in the test database: everything is sent one after the other, by the test's own thread."""

from __future__ import annotations

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.test import override_settings

from nenghao.hub.intake.wsgi import with_short_way
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.models import Region
from nenghao.hub.store import close_store

from .run import NO_LIMITS
from .worker import Engine, make_world


@pytest.fixture
def engine(filled, db):
    return filled


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker, tmp_path_factory):
    """One world for all tests: making it takes longer than the few examples."""
    limits = {name: int(value) for name, value in NO_LIMITS.items() if value.isdigit()}
    folder = tmp_path_factory.mktemp("fuzz")
    with django_db_blocker.unblock(), override_settings(NENGHAO_DATA_DIR=folder, **limits), transaction.atomic():
        if not Region.objects.exists():
            seed_codes()
        yield Engine(with_short_way(get_wsgi_application()), make_world(), threads=0)
        close_store()
        transaction.set_rollback(True)

"""The tests run on the database that was asked for, set up as the operator's guide says."""

from __future__ import annotations

import pytest
from django.db import connection

from nenghao.hub.settings import database


def test_the_database_is_the_one_asked_for(db, pytestconfig):
    assert connection.vendor == pytestconfig.getoption("--database")


def test_sqlite_is_set_up_to_keep_what_it_confirmed(monkeypatch):
    monkeypatch.delenv("NENGHAO_DATABASE_URL", raising=False)
    options = database()["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


@pytest.mark.django_db
def test_migrations_are_complete(settings):
    from django.core.management import call_command

    settings.MIGRATION_MODULES = {}  # pytest hides them where tables are made without them
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)

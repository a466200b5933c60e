from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .live_hub import LiveHub


@pytest.fixture(scope="session")
def _initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a hub that is set up: making the tables and codes takes longer than all else here."""
    hub = LiveHub(tmp_path_factory.mktemp("initialised"))
    hub.command("init")
    return hub.folder


@pytest.fixture(scope="session")
def new_hub(_initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LiveHub]]:
    """Make hubs, each with a data folder of its own; all are stopped at the end."""
    made: list[LiveHub] = []

    def make(**environment: str) -> LiveHub:
        folder = tmp_path_factory.mktemp("hub") / "data"
        shutil.copytree(_initialised, folder)
        made.append(LiveHub(folder, **environment))
        return made[-1]

    yield make
    for hub in made:
        hub.stop()

"""One national and three provincial hubs as real processes: complete and equal after kills and an outage.

The provinces first gather a backlog, which is forwarded once the nation approves them: that is the speed. Then devices
go on uploading while one province is killed (``kill -9``) and stays away, and the nation is killed once. Afterwards
every reading and the totals by region and energy are compared file to file, and both sides must have compared every
finished day themselves and found it equal.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
import time
import urllib.error
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from nenghao.cli.bench.chain_hubs import ChainHub
from nenghao.cli.bench.chain_seed import Gateway
from nenghao.cli.demo.hub_process import wait_until
from nenghao.periods import BEIJING

REGIONS = ("370000", "130000", "410000")
LINK = "国家平台"
NATION_AWAY_S = 2.0
PATIENCE_S = 600.0


class Province(ChainHub):
    """A provincial hub and the devices that upload to it, one thread for all of them."""

    def __init__(self, region: str, folder: Path) -> None:
        super().__init__(folder, "province", name=region)
        self.region = region
        self.gateways: list[Gateway] = []
        self.acknowledged = 0
        self.last_batch = 0

    def set_up(self, enterprises: int) -> None:
        """Make the registry."""
        self.command("init")
        self.gateways = json.loads(self.python("-m", "nenghao.cli.bench.chain_seed", self.region, str(enterprises)))

    def upload_day(self, day: datetime, number: int) -> None:
        """Send a day of every enterprise: 96 quarter-hours and the day record of each item, until acknowledged."""
        for place, gateway in enumerate(self.gateways):
            records = list(_records(gateway, day, place, number))
            message = {
                "deviceId": gateway["device_id"], "enterpriseCode": gateway["enterprise_code"], "data": records,
            }  # fmt: skip
            self._until_acknowledged(message, len(records))

    def is_through(self) -> bool:
        """Whether the nation has acknowledged all that this hub has."""
        rows = self.ask("SELECT batch_id, state FROM chain_upstream")
        return bool(rows) and rows[0][0] >= self.last_batch and rows[0][1] == "connected"

    def is_equal(self, days: int) -> bool:
        """Whether so many enterprise-days have been compared and none differs."""
        states = dict(self.ask("SELECT state, count(*) FROM chain_forwardedday GROUP BY 1"))
        return states.get("equal", 0) >= days and len(states) == 1

    def _until_acknowledged(self, message: dict[str, Any], count: int) -> None:
        give_up = time.monotonic() + PATIENCE_S + 3600
        while time.monotonic() < give_up:
            with contextlib.suppress(OSError, urllib.error.URLError, ValueError):
                answer = self.post("uploadEnergyData", message)
                if answer.get("rejected"):
                    raise RuntimeError(f"{self.name}: {answer['responseMessage']}")
                if answer["responseCode"] == "0" and answer["accepted"] == count:
                    self.acknowledged += count
                    self.last_batch = answer["batch"]
                    return
            time.sleep(0.2)
        raise TimeoutError(f"{self.name}: an upload was not acknowledged")


def run(
    *,
    enterprises: Annotated[int, typer.Option(min=1, help="每省企业数 / enterprises of each province")] = 20,
    backlog_days: Annotated[int, typer.Option(min=1, help="先积压的天数 / days gathered first")] = 5,
    days: Annotated[int, typer.Option(min=1, help="联通后上传的天数 / days uploaded while all are linked")] = 5,
    stopped_s: Annotated[float, typer.Option(min=0, help="一省停机时长 [s] / how long one province is away")] = 5.0,
) -> dict[str, Any]:
    """三省一国 / one national and three provincial hubs, killed and restarted, complete and equal afterwards."""
    with tempfile.TemporaryDirectory(prefix="nenghao-chain-") as folder:
        nation = ChainHub(Path(folder) / "nation", "nation")
        provinces = [Province(region, Path(folder) / region) for region in REGIONS]
        try:
            return _measure(nation, provinces, enterprises, backlog_days, days, stopped_s)
        finally:
            for hub in (nation, *provinces):
                hub.kill()


def _measure(  # noqa: PLR0917 -- the options of run
    nation: ChainHub, provinces: Sequence[Province], enterprises: int, backlog_days: int, days: int, stopped_s: float
) -> dict[str, Any]:
    started = time.monotonic()
    nation.command("init")
    nation.start()
    _each(provinces, lambda one: one.set_up(enterprises))
    for one in provinces:
        one.start()
    first = datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=backlog_days + days
    )
    _each(provinces, lambda one: _upload(one, first, range(backlog_days)))
    backlog = sum(one.acknowledged for one in provinces)
    forwarding_s = _link(nation, provinces)
    forwarded = sum(one.ask("SELECT forwarded_readings FROM chain_upstream")[0][0] for one in provinces)
    _trouble(nation, provinces, first, range(backlog_days, backlog_days + days), stopped_s)
    catch_up_s = wait_until("all forwarded", lambda: all(one.is_through() for one in provinces), PATIENCE_S)
    reconciled = _reconcile(nation, provinces, enterprises * (backlog_days + days), first)
    for hub in (nation, *provinces):
        hub.stop()
    problems = [*_differences(nation, provinces), *_counted(provinces)]
    return {
        "ok": not problems and reconciled, "problems": problems[:10], "provinces": len(provinces),
        "enterprises": enterprises * len(provinces), "acknowledged": sum(one.acknowledged for one in provinces),
        "backlog": backlog, "forwarded_of_backlog": forwarded, "forwarding_s": round(forwarding_s, 2),
        "forwarded_per_s": round(forwarded / forwarding_s), "stopped_s": stopped_s,
        "catch_up_s": round(catch_up_s, 2), "reconciled": reconciled, "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip


def _upload(province: Province, first: datetime, numbers: Sequence[int]) -> None:
    for number in numbers:
        province.upload_day(first + timedelta(days=number), number)


def _link(nation: ChainHub, provinces: Sequence[Province]) -> float:
    """Add the nation above every province, approve them; give how long the backlog took [s]."""
    for one in provinces:
        one.command(
            "add-upstream", LINK, f"{nation.url}/nhjc/registerPlatform", "--region", one.region, "--realtime-level", "5"
        )
    query = "SELECT platform_id FROM chain_platform"
    wait_until("registered", lambda: len(nation.ask(query)) == len(provinces))
    for (platform_id,) in nation.ask(query):
        nation.command("approve-platform", platform_id)
    wait_until("begun", lambda: bool(nation.ask("SELECT 1 FROM registry_enterprise LIMIT 1")))
    started = time.monotonic()
    wait_until("backlog forwarded", lambda: all(one.is_through() for one in provinces), PATIENCE_S)
    return time.monotonic() - started


def _trouble(
    nation: ChainHub, provinces: Sequence[Province], first: datetime, numbers: Sequence[int], stopped_s: float
) -> None:
    """Upload on while one province is killed and away, and the nation is killed once."""
    loads = [threading.Thread(target=_upload, args=(one, first, numbers)) for one in provinces]
    for load in loads:
        load.start()
    provinces[0].kill()
    nation.kill()
    time.sleep(min(NATION_AWAY_S, stopped_s))
    nation.start()
    time.sleep(max(0.0, stopped_s - NATION_AWAY_S))
    provinces[0].start()
    for load in loads:
        load.join()


def _reconcile(nation: ChainHub, provinces: Sequence[Province], days: int, first: datetime) -> bool:
    """Have every province compare all days, once the rollups are done; tell whether both sides found all equal."""
    hubs = (nation, *provinces)
    wait_until("rolled up", lambda: not any(hub.health()["dirty_cells"] for hub in hubs), PATIENCE_S)
    for one in provinces:
        one.command(
            "compare-upstream", LINK, "--from", f"{first:%Y-%m-%d}", "--to", f"{datetime.now(BEIJING):%Y-%m-%d}"
        )
    wait_until("compared", lambda: all(one.is_equal(days) for one in provinces), PATIENCE_S)
    wait_until("settled", lambda: not any(_asked(one) for one in provinces), PATIENCE_S)
    states = dict(nation.ask("SELECT state, count(*) FROM chain_receivedday GROUP BY 1"))
    return states == {"equal": days * len(provinces)}


def _asked(province: Province) -> bool:
    return province.ask("SELECT compare_from FROM chain_upstream")[0][0] is not None


def _differences(nation: ChainHub, provinces: Sequence[Province]) -> Iterator[str]:
    """Compare files: every reading that counts towards the chain, and the totals by region, energy and day."""
    large = {g["enterprise_code"] for one in provinces for g in one.gateways if g["is_large"]}
    own = {row for one in provinces for row in one.readings()}
    expected = {row for row in own if row.stat_type > 0 or row.enterprise_code in large}
    above = set(nation.readings())
    yield from (f"lost: {row}" for row in sorted(expected - above, key=str)[:5])
    yield from (f"not below: {row}" for row in sorted(above - expected, key=str)[:5])
    totals = nation.totals()
    below = {key: sums for one in provinces for key, sums in one.totals().items()}
    yield from (
        f"total {key}: {below.get(key)} below, {totals.get(key)} above"
        for key in sorted(below.keys() | totals.keys())
        if below.get(key) != totals.get(key)
    )


def _counted(provinces: Sequence[Province]) -> Iterator[str]:
    """Every acknowledged reading is in its province, once."""
    for one in provinces:
        found = len(one.readings())
        if found != one.acknowledged:
            yield f"{one.name}: {one.acknowledged} acknowledged, {found} distinct readings"


def _records(gateway: Gateway, day: datetime, place: int, number: int) -> Iterator[dict[str, str]]:
    for item, code in enumerate(gateway["data_codes"]):
        base = {"dataCode": code, "inputType": "4", "scope": "4" if item else "1", "valid": "1"}
        value = (1 + place / 7 + item / 11 + number / 13) / 1e4
        for quarter in range(96):
            start = (day + timedelta(minutes=15 * quarter)).strftime("%Y-%m-%d %H:%M:%S")
            yield base | {"statType": "0", "statDate": start, "dataValue": f"{value * (1 + quarter / 97):.12f}"}
        yield base | {"statType": "1", "statDate": f"{day:%Y-%m-%d} 00:00:00", "dataValue": f"{value * 142:.12f}"}


def _each(provinces: Sequence[Province], work: Any) -> None:
    """Do something with all provinces at once; raise the first failure."""
    errors: list[BaseException] = []

    def guarded(one: Province) -> None:
        try:
            work(one)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in provinces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]

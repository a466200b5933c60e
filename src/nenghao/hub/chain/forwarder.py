"""The forwarder: one thread per platform above, woken by commits and by changes of the registry.

It sleeps until something happens: a commit of readings, a newer registry, the time of the nightly comparison, or the
end of a pause after a failure. Pauses grow from half a second to a minute, with jitter. What it knows is in the
database: a killed process goes on where the last acknowledged window ended.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from datetime import datetime, timedelta

import httpx
import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from nenghao.errors import NenghaoError
from nenghao.hub.chain import comparing
from nenghao.hub.chain.details import keep_details
from nenghao.hub.chain.link import Link, keep
from nenghao.hub.chain.models import Upstream, UpstreamState
from nenghao.hub.chain.policy import Covered, coverage, covered
from nenghao.hub.chain.readings_sync import lost_enterprise, send_windows
from nenghao.hub.chain.registry_sync import forget, readable, sync_registry
from nenghao.hub.chain.repairs import run_repairs
from nenghao.hub.chain.sending import Courier
from nenghao.periods import BEIJING, wall
from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.chain")

GATHER_S = 0.5
"""Wait so long after something happened: what arrives together goes upward together."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
WAITING_PAUSE_S = 5.0
"""At most, while the platform above has not approved this one: an officer wants to see it work."""
CHECK_VERSIONS_S = 600.0
_WAITING = frozenset({"device-unapproved"})


class Forwarder:
    """Forwards to one platform above for as long as it lives; :meth:`wake` tells it that something happened."""

    def __init__(self, store: ReadingStore, upstream_id: int) -> None:
        self._store, self.upstream_id = store, upstream_id
        self._condition = threading.Condition()
        self._woken, self._closing = True, False
        self._pause_s = 0.0
        self._courier: Courier | None = None
        self._checked_at = 0.0
        self._next_compare: datetime | None = None
        self._thread = threading.Thread(target=self._loop, name=f"chain-{upstream_id}", daemon=True)

    def start(self) -> Forwarder:
        """Forward from now on, in a thread of its own."""
        self._thread.start()
        return self

    def wake(self) -> None:
        """Tell that there may be something to send."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def close(self) -> None:
        """Stop after the step under way; the rest is sent after the next start."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._disconnect()

    def _loop(self) -> None:
        try:
            while self._wait():
                self.turn()
                close_old_connections()
        finally:
            connections.close_all()

    def _wait(self) -> bool:
        with self._condition:
            if self._pause_s:
                self._condition.wait_for(lambda: self._closing, self._pause_s * random.uniform(0.5, 1.5))  # noqa: S311
            else:
                self._condition.wait_for(lambda: self._woken or self._closing, self._until_compare())
                self._condition.wait_for(lambda: self._closing, GATHER_S)
            self._woken = False
            return not self._closing

    def _until_compare(self) -> float | None:
        if self._next_compare is None:
            return None
        return max(0.0, (self._next_compare - datetime.now(BEIJING)).total_seconds())

    def turn(self) -> None:
        """Do what there is to do; a failure is told, and tried again after a pause."""
        now = datetime.now(BEIJING)
        try:
            upstream = Upstream.objects.select_related("region", "enterprise").filter(pk=self.upstream_id).first()
            if upstream is not None and upstream.is_active:
                self._step(upstream, now)
            self._pause_s = 0.0
        except (httpx.HTTPError, NenghaoError) as error:
            self._failed(error, now)
        except (DatabaseError, OSError) as error:
            log.warning("forwarding is held up", error=str(error), upstream=self.upstream_id)
            self._longer_pause()
        except Exception:  # a defect must not end the thread: it would stop the chain without a word
            log.exception("forwarding failed", upstream=self.upstream_id)
            self._failed(NenghaoError("internal-error", "转发程序内部错误", "internal error of the forwarder"), now)

    def _step(self, upstream: Upstream, now: datetime) -> None:
        courier = self._connect(upstream)
        courier.link.upstream = upstream
        self._check_cursor(upstream)
        last = self._store.last_batch_id  # before the registry: an item is known above before any reading of it
        enterprises = covered(upstream)
        try:
            sync_registry(courier, upstream, enterprises, now=now)
            ready = readable(upstream, enterprises)
            send_windows(
                self._store, courier, upstream, ready, coverage(upstream, ready), last=last, now=now,
                going=lambda: not self._closing,
            )  # fmt: skip
            self._repair(courier, upstream, ready, now)
        except NenghaoError as error:
            lost_enterprise(upstream, error, now)
            raise
        self._connected(upstream, now)
        if courier.link.digests:
            self._compare(courier, upstream, ready, now)

    def _repair(self, courier: Courier, upstream: Upstream, ready: dict[int, Covered], now: datetime) -> None:
        while not self._closing and run_repairs(self._store, courier, upstream, ready, now=now) >= 0:
            pass

    def _compare(self, courier: Courier, upstream: Upstream, ready: dict[int, Covered], now: datetime) -> None:
        """Compare once a day after the hour set, and when asked; send again what differs, and look once more."""
        today = comparing.beijing_day(now)
        self._next_compare = _next_at(now)
        asked = upstream.compare_from is not None
        if not asked and (upstream.compared_on == today or wall(now).time() < _compare_at()):
            return
        until = upstream.batch_id
        groups = comparing.due_groups(self._store, upstream, ready, today=today)
        for _attempt in range(comparing.MAX_ATTEMPTS + 1):
            unequal = comparing.compare(self._store, courier, upstream, ready, groups, now=now)
            places = comparing.mend(upstream, unequal, now=now)
            if not places or self._closing:
                break
            self._repair(courier, upstream, ready, now)
            groups = comparing.by_place(places)
        keep_details(self._store, courier, upstream, ready, now=now)
        comparing.settle(upstream, until=until, today=today)

    def _check_cursor(self, upstream: Upstream) -> None:
        """A cursor beyond the store means a restored backup: begin at what is there, and compare everything."""
        last = self._store.last_batch_id
        if upstream.batch_id > last:
            log.warning("the store is older than the cursor", cursor=upstream.batch_id, newest_batch=last)
            upstream.batch_id, upstream.compared_batch_id = last, min(last, upstream.compared_batch_id)
            keep(upstream, "batch_id", "compared_batch_id")
            self._compare_all(upstream)

    def _compare_all(self, upstream: Upstream) -> None:
        span = comparing.whole(self._store, covered(upstream))
        if span is not None:
            upstream.compare_from, upstream.compare_until = span
            keep(upstream, "compare_from", "compare_until")

    def _connect(self, upstream: Upstream) -> Courier:
        """Give the connection, registered and checked for losses above; ask for versions now and then."""
        if self._courier is None:
            link = Link(upstream)
            try:
                link.introduce()
            except BaseException:
                link.close()
                raise
            self._courier = Courier(link)
            self._checked_at = time.monotonic()
            if link.digests and comparing.has_lost(self._courier, upstream):
                self._lost(upstream)
        elif time.monotonic() - self._checked_at > CHECK_VERSIONS_S:
            self._courier.link.upstream = upstream
            self._checked_at = time.monotonic()
            if self._courier.link.check_versions():
                self._courier.link.introduce()
        return self._courier

    def _lost(self, upstream: Upstream) -> None:
        """The platform above was set back: tell it the registry again, and compare everything."""
        log.warning("the platform above has lost what it acknowledged", upstream=upstream.name)
        forget(upstream)
        upstream.upper_batch = 0
        keep(upstream, "upper_batch")
        if self._courier is not None:
            self._courier.newest_batch = 0
        self._compare_all(upstream)

    def _disconnect(self) -> None:
        courier, self._courier = self._courier, None
        if courier is not None:
            courier.close()
            courier.link.close()

    def _connected(self, upstream: Upstream, now: datetime) -> None:
        if upstream.state != UpstreamState.CONNECTED or upstream.error_zh:
            upstream.state, upstream.connected_at = UpstreamState.CONNECTED, now
            upstream.error_zh = upstream.error_en = ""
            keep(upstream, "state", "connected_at", "error_zh", "error_en")

    def _failed(self, error: httpx.HTTPError | NenghaoError, now: datetime) -> None:
        """Tell the state; after anything but a broken connection, begin with the registration again."""
        if not isinstance(error, httpx.TransportError):
            self._disconnect()
        told = error if isinstance(error, NenghaoError) else NenghaoError(
            "upstream-unreachable", f"无法连接上级平台: {type(error).__name__} {error}",
            f"the platform above cannot be reached: {type(error).__name__} {error}",
        )  # fmt: skip
        state = UpstreamState.WAITING if told.code in _WAITING else UpstreamState.FAILING
        Upstream.objects.filter(pk=self.upstream_id).update(
            state=state, error_zh=told.text("zh"), error_en=told.text("en"), error_at=now
        )
        self._longer_pause(WAITING_PAUSE_S if state == UpstreamState.WAITING else LONGEST_PAUSE_S)

    def _longer_pause(self, longest_s: float = LONGEST_PAUSE_S) -> None:
        self._pause_s = min(longest_s, 2 * self._pause_s or FIRST_PAUSE_S)


def _compare_at() -> dt.time:
    return datetime.strptime(settings.NENGHAO_CHAIN_COMPARE_AT, "%H:%M").time()  # noqa: DTZ007


def _next_at(now: datetime) -> datetime:
    """Give the next time of the nightly comparison."""
    at = datetime.combine(comparing.beijing_day(now), _compare_at(), BEIJING)
    return at if at > now else at + timedelta(days=1)

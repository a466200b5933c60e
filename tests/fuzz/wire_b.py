"""Dialect B (Yunnan): every operation with bodies from its own field table, mostly with a good token, PIN and number.

Records are named by the numbers (``dataIndex``) that the hub gave out before in the same run.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from .bodies_a import CODES, DAY, SCOPE
from .books import UNSURE, Kept, Uploads, is_aligned
from .caller import Caller
from .driver import Outcome, Target
from .words import now_and_then, spoilt, ways
from .world import DEVICE_ADDRESS, hidden

ENERGY = "dataEnterpriseEnergy"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FALSE_PASSWORDS = ["73BE99D743BF9C0E5AAC06C5AF41C6F6", "00" * 16, "x", "", "73be99d743bf9c0e5aac06c5af41c6f6" * 2]
NOT_KEPT = frozenset({"enterpriseCode", "password", "regVersion", "dicVersion", "dataIndex", "secretKey"})
FORMS = frozenset({"enterpriseInfo/apply", "enterpriseInfo/update"})
ABOUT_GAUGE = frozenset({"gaugeReplaceConfigure", "gaugeVerifyConfigure"})
MANY, FEW = 64, 12
"""Requests at a time: of those that write to SQLite few, which would wait for each other alone."""
INDEX = "@"
"""Stands in a drawn body for a number that the hub gave out."""
_VALUES: dict[str, list[str]] = {
    "processCode": ["04", "05", "06", "00"], "processUnitCode": ["", "0000", "0401"], "unitCode": ["01", "02"],
    "deviceType": ["01", "02"], "deviceNo": ["01", "02", "0103"], "energyCode": ["3300"],
    "meterType": ["01", "02"], "meterLevel": ["1", "2"], "manageNo": ["001", "002", "003"],
    "dataCode": ["0400000002330010", "0500000002330010", "0600000001010010", "0000000001010020"],
    "inputType": ["1", "2"], "statType": ["0", "1", "2", "3"], "scope": ["1", "2"], "valid": ["1"],
    "itemIndex": ["1", "3,8", "14"], "regVersion": [""], "dicVersion": [""], "convertRation": ["1.229", "0.404", ""],
    "cmpIndustryCode": ["C31"], "cmpRegionCode": ["370100"], "serNo": ["S1", "S2"], "remark": ["", "备注"],
    "center": ["true", "false"], "energyConsumeLevel": ["1"], "registerDate": ["2001-01-01"],
    "latitude": ["25.0"], "longitude": ["102.7"],
    "installTime": ["2026-03-04 05:06:07"], "verifyTime": ["2026-03-04"],
}  # fmt: skip
"""What a field may well hold, where its kind alone does not say. No item that is put or deleted is one that readings
are sent for: that would have another unit from then on, or be gone."""
_KEYS = {
    "processConfigure": ("processCode",), "unitConfigure": ("processCode", "unitCode"),
    "deviceConfigure": ("processUnitCode", "deviceType", "deviceNo"),
    "gaugeConfigure": ("meterType", "meterLevel", "manageNo"),
    "dataCollectConfigure": ("dataCode", "statType", "scope"),
}  # fmt: skip
"""What a record cannot change of itself."""


class DialectB:
    """The targets of dialect B, with the numbers that the hub has given out."""

    def __init__(self, caller: Caller, uploads: Uploads) -> None:
        self.caller, self.world, self.uploads = caller, caller.world, uploads
        self.known = self.world["enterprises"]
        self.foreign = {self.known[name]["code"] for name in ("foreign", "other")}
        self.foreign_numbers = [self.known["other"]["kept"], self.known["other"]["application"]]
        self.hidden = {name: hidden(self.world, name, codes=True) for name in ("yunnan", "tokens")}
        self.records = Kept("yunnan.KeptRecord", "data_index", enterprise=self.known["yunnan"]["pk"])
        self.applications = Kept("yunnan.Application", "data_index")
        self.tokens = Kept("yunnan.AccessToken", "digest")
        self.numbers: dict[str, deque[tuple[str, dict[str, str]]]] = {}
        self.lock = threading.Lock()

    def targets(self) -> list[Target]:
        """Give every operation, and one that there is not."""
        operations = self.world["operations"]["B"]
        nothing = {"fields": {"x": ["varchar", 9]}, "needs": [], "takes_token": True, "kind": "", "verb": ""}
        return [
            Target(
                f"B {path}",
                self._drawn(path, table),
                self._one(path, table),
                self._check,
                threads=MANY if path == ENERGY or not table["verb"] else FEW,
            )
            for path, table in {**operations, "noSuchOperation": nothing}.items()
        ]

    def _check(self, outcome: Outcome) -> list[str]:
        return [
            *self.uploads.check(outcome),
            *self.records.check(outcome, "body", _canonical),
            *self.applications.check(outcome),
            *self._check_tokens(outcome),
        ]

    def _check_tokens(self, outcome: Outcome) -> list[str]:
        """The newest tokens are live; those before gave way to them."""
        from nenghao.hub.yunnan.keys import LIVE_TOKENS
        from nenghao.hub.yunnan.models import AccessToken

        with self.tokens.lock:
            told, self.tokens.told = self.tokens.told, {}
        live = AccessToken.objects.filter(digest__in=list(told)).count()
        wrong = live < min(len(told), LIVE_TOKENS)
        outcome.add(acknowledged=len(told), present=live if wrong else len(told))
        return [f"{len(told)} tokens acknowledged, {live} live"] if wrong else []

    # What is drawn

    def _drawn(self, path: str, table: dict[str, Any]) -> st.SearchStrategy[Any]:
        """Draw who speaks, the body of the field table, how it is spoilt, and which number stands for the record."""
        good = self._energy() if path == ENERGY else _fields(path, table)
        return st.tuples(st.integers(0, 31), good, ways, st.integers(0, 10**6))

    def _energy(self) -> st.SearchStrategy[dict[str, str]]:
        return st.builds(
            lambda place, slot, number, remark: _record(place, slot, number, remark),
            st.integers(0, 11),
            st.integers(0, 2000),
            st.integers(0, 10**7),
            st.sampled_from(["", "备注", "exact=0.012345678901234"]),
        )

    # Sending

    def _one(self, path: str, table: dict[str, Any]) -> Any:
        def send(outcome: Outcome, drawn: Any) -> None:
            who, fields, way, which = drawn
            name = "tokens" if path == "requestAK" else "yunnan"
            own = self.known[name]
            good = {"enterpriseCode": self._speaker(who, own)} | fields
            if good.get("dataIndex") == INDEX:
                number, key = self._number(path, table, which)
                good |= {"dataIndex": number} | (key if table["verb"] == "update" else {})
            if "password" in good:
                good["password"] = own["password"] if who < 27 else FALSE_PASSWORDS[which % len(FALSE_PASSWORDS)]
            message, body = spoilt(good, way)
            self._answered(outcome, path, table, self._sent(outcome, path, name, who, body), message)

        return send

    def _speaker(self, who: int, own: dict[str, Any]) -> str:
        return {27: self.known["foreign"]["code"], 28: self.known["other"]["code"], 29: "x"}.get(who, own["code"])

    def _sent(self, outcome: Outcome, path: str, name: str, who: int, body: bytes) -> dict[str, Any]:
        """Send with the own token (29 times of 32), none or a false one."""
        token = {29: "0" * 64, 30: "", 31: "x"}.get(who, self.known[name]["token"])
        self.uploads.called()
        address = DEVICE_ADDRESS if who < 27 else ""  # wrong PINs must not lock the right ones out
        answer, took = self.caller.send(
            outcome, "POST", f"/YNEnergy/{path}", body=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            address=address if path == "requestAK" else "", hidden=self.hidden[name],
        )  # fmt: skip
        assert answer.status == 200, answer.status
        told = answer.json()
        code = told["responseCode"]
        outcome.answered(f"code {code}", taken=code == 200, took_s=took)
        assert b"internal-error" not in answer.content, answer.content[:500].decode()
        return told

    def _answered(self, outcome: Outcome, path: str, table: dict[str, Any], told: dict[str, Any], sent: Any) -> None:
        """Nothing of another enterprise is taken; what is acknowledged is written down."""
        is_taken = told["responseCode"] == 200
        message = sent if isinstance(sent, dict) else {}
        code, number = message.get("enterpriseCode"), message.get("dataIndex")
        is_foreign = isinstance(code, str) and code.strip() in self.foreign and table["takes_token"]
        is_foreign |= table["verb"] in ("update", "delete") and number in self.foreign_numbers
        if is_foreign:
            assert not is_taken, f"taken for a foreign enterprise: {told}"
            outcome.add(foreign_refused=1)
        if is_taken:
            self._acknowledged(path, table, message, told["data"])

    def _acknowledged(self, path: str, table: dict[str, Any], message: dict[str, Any], data: dict[str, Any]) -> None:
        if path == ENERGY:
            self._acknowledged_energy(message)
        elif path == "requestAK":
            self.tokens.note(_sha256(data["token"]))
        elif path in FORMS:
            self.applications.note(data["dataIndex"])
        elif table["verb"]:
            if table["verb"] == "delete":
                self.records.note(data["dataIndex"])
            else:
                is_known = message and table["kind"] not in ABOUT_GAUGE
                self.records.note(data["dataIndex"], _body_of(message, table) if is_known else UNSURE)
                self._remember(table["kind"], data["dataIndex"], message)

    def _acknowledged_energy(self, message: dict[str, Any]) -> None:
        item = self.known["yunnan"]["items"].get(_with_hyphens(str(message.get("dataCode")).strip()))
        start, stat_type = str(message.get("statDate")).strip(), str(message.get("statType")).strip()
        start = f"{start} 00:00:00" if len(start) == 10 else start
        plain = {"valid", "dataValue"} <= message.keys() and message["valid"] in ("1", 1) and "state" not in message
        plain = plain and isinstance(message["dataValue"], str) and not str(message.get("remark")).startswith("exact")
        try:
            value: float | str = float(message["dataValue"]) if plain else UNSURE
        except ValueError:
            value = UNSURE
        is_known = item is not None and stat_type in "0123" and len(stat_type) == 1 and is_aligned(start, stat_type)
        self.uploads.note_one((item, int(stat_type), start) if is_known and item else None, value)

    # The hub's numbers

    def _remember(self, kind: str, number: str, message: dict[str, Any]) -> None:
        key = {name: message[name] for name in _KEYS.get(kind, ()) if name in message}
        with self.lock:
            self.numbers.setdefault(kind, deque(maxlen=40)).append((number, key))

    def _number(self, path: str, table: dict[str, Any], which: int) -> tuple[str, dict[str, str]]:
        """Give the number of a live record of this kind and what names it; now and then another's."""
        if which % 16 == 15:
            return self.foreign_numbers[which // 16 % 2], {}
        if path in FORMS:
            return self.known["yunnan"]["application"], {}
        kind = "gaugeConfigure" if table["kind"] in ABOUT_GAUGE else table["kind"]
        with self.lock:
            mine = self.numbers.setdefault(kind, deque(maxlen=40))
            if table["verb"] == "delete" and mine:
                return mine.popleft()
            if mine and table["verb"] != "delete":
                return mine[which % len(mine)]
        return self._make(kind, which, keep=table["verb"] != "delete")

    def _make(self, kind: str, which: int, *, keep: bool) -> tuple[str, dict[str, str]]:
        """Add a record, so that there is one to change."""
        path = f"{kind}/add" if f"{kind}/add" in self.world["operations"]["B"] else kind
        table, own = self.world["operations"]["B"][path], self.known["yunnan"]
        fields = _record_of(table, which) | {"enterpriseCode": own["code"]}
        self.uploads.called()
        answer, _took = self.caller.send(
            Outcome(path), "POST", f"/YNEnergy/{path}", body=json.dumps(fields).encode(),
            headers={"Authorization": f"Bearer {own['token']}"},
        )  # fmt: skip
        number = answer.json().get("data", {}).get("dataIndex", "none")
        if number != "none" and keep:
            self._remember(kind, number, fields)
            self.records.note(number, _body_of(fields, table))
        return number, fields


def _record(place: int, slot: int, number: int, remark: str) -> dict[str, str]:
    code, kind = CODES[place % 3], "0012"[place // 3]
    start = {"0": DAY + timedelta(minutes=15 * slot), "1": DAY + timedelta(days=slot % 300)}.get(kind)
    start = start or DAY.replace(year=2025, month=slot % 12 + 1)
    return {
        "dataCode": code.replace("-", ""), "dataValue": str(number / 100), "valid": "1", "scope": SCOPE[code],
        "inputType": "1", "statType": kind, "statDate": str(start), "remark": remark,
        "convertRation": ["1.229", "0.404", ""][slot % 3],
    }  # fmt: skip


def _fields(path: str, table: dict[str, Any]) -> st.SearchStrategy[dict[str, str]]:
    """Draw a valid body: what is needed, and some of the other fields; from two integers, since that is quick."""
    known = dict(table["fields"])
    needs = [name for name in table["needs"] if name != "enterpriseCode"]
    if "dataIndex" in needs:
        known.setdefault("dataIndex", ["varchar", 64])
    others = [
        name for name in known if name not in needs and name not in ("enterpriseCode", "regVersion", "dicVersion")
    ]

    def make(which: int, some: int) -> dict[str, str]:
        chosen = [name for place, name in enumerate(others) if some >> place & 1]
        made = {name: _value(name, *known[name], which) for name in [*needs, *chosen]}
        is_change = table["verb"] == "put" and which % 3 == 0
        if is_change or path in ABOUT_GAUGE:
            made["dataIndex"] = INDEX
        elif table["verb"] in ("add", "put") or path == "enterpriseInfo/apply":
            made.pop("dataIndex", None)
        return _consistent(made)

    # Few bits set: a record holds some of its fields.
    some = st.builds(lambda a, b, c: a & b & c, *[st.integers(0, 2 ** len(others) - 1) for _ in range(3)])
    return st.builds(make, st.integers(0, 10**6), now_and_then(some, 8, usual=0))


def _record_of(table: dict[str, Any], which: int) -> dict[str, str]:
    """Give a valid record with what is needed, and one field more."""
    names = [name for name in table["needs"] if name != "enterpriseCode"]
    names += [name for name, (kind, _length) in table["fields"].items() if kind == "varchar" and name not in NOT_KEPT][
        :1
    ]
    return _consistent({name: _value(name, *table["fields"][name], which) for name in names})


def _consistent(made: dict[str, str]) -> dict[str, str]:
    """Make the scope that of the code."""
    if {"dataCode", "scope"} <= made.keys():
        made["scope"] = "1" if made["dataCode"].startswith("00") else "2"
    return made


def _value(name: str, kind: str, length: int, which: int) -> str:
    if name == "dataIndex":
        return INDEX
    if name in _VALUES:
        mine = _VALUES[name]
        return mine[(which + len(name)) % len(mine)]
    if kind == "timestamp":
        return ["2026-03-04 05:06:07", "2025-12-31", "2026-01-01 00:00:00"][which % 3]
    if kind == "mediumblob":
        return PICTURE
    return f"{'文字' if which % 2 else ''}{which % 500}"[: length or 30]


def _body_of(message: dict[str, Any], table: dict[str, Any]) -> str:
    """Give what must be kept of a message of which every field is text, without pictures; else nothing is sure."""
    pictures = {name for name, (kind, _length) in table["fields"].items() if kind == "mediumblob"}
    known = {name: text for name, text in message.items() if name in table["fields"]}
    if not all(isinstance(text, str) for text in known.values()):
        return UNSURE
    clean = {name: text.encode("utf-8", "replace").decode().replace("\x00", "").strip() for name, text in known.items()}
    return _canonical({name: text for name, text in clean.items() if text and name not in NOT_KEPT | pictures})


def _canonical(body: Any) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False)


def _with_hyphens(digits: str) -> str:
    places = (0, 2, 4, 8, 14, 16)
    return "-".join(digits[a:b] for a, b in pairwise(places)) if len(digits) == 16 else digits


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

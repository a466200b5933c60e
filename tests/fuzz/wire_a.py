"""Dialect A: every operation, and a ledger of what was acknowledged, held against the store at the end."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import duckdb
from hypothesis import strategies as st

from nenghao.protocol import Profile
from nenghao.protocol.sm4 import sm4_encrypt_fields

from .driver import Caller, Outcome
from .words import change, encoded, messages, scalars, texts, values

DAY = datetime(2026, 1, 1)
CODES = ["00-00-0000-023300-10", "01-00-0000-023300-20", "00-00-0000-010100-10"]
SCOPE = {CODES[0]: "1", CODES[1]: "2", CODES[2]: "1"}
PLAIN = re.compile(r"\d{1,15}(\.\d{1,15})?")
DIGITS = ("0", "1", "2", "3")
UNSURE = "as the platform reads it"
RECORDS = 12
"""Records of one upload: each of them is an example."""


def record(code: str, slot: int, stat_type: str, number: float) -> dict[str, Any]:
    """Give a valid record of one item."""
    start = {"0": DAY + timedelta(minutes=15 * slot), "1": DAY + timedelta(days=slot % 300)}.get(stat_type)
    start = start or datetime(2025 - slot % 5, 1 if stat_type == "3" else slot % 12 + 1, 1)
    return {
        "dataCode": code,
        "dataValue": str(number),
        "inputType": "1",
        "statType": stat_type,
        "statDate": str(start),
        "uploadDate": "2026-03-05 09:00:00",
        "scope": SCOPE[code],
        "valid": "1",
    }


valid_records = st.builds(
    record,
    st.sampled_from(CODES),
    st.integers(0, 5000),
    st.sampled_from(["0", "0", "1", "2", "3"]),
    st.integers(0, 10**7).map(lambda number: number / 100),
)
bent_records = st.builds(
    change,
    valid_records,
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["put", "put", "drop"]), scalars), max_size=2),
)
batches = st.one_of(
    st.lists(valid_records, min_size=1, max_size=RECORDS),
    st.lists(st.one_of(valid_records, bent_records), min_size=1, max_size=RECORDS),
    st.lists(st.one_of(valid_records, bent_records, values), min_size=1, max_size=RECORDS),
)


class Ledger:
    """What the platform acknowledged of one enterprise, key by key, as the sender knows it."""

    def __init__(self, items: dict[str, int]) -> None:
        self.items = items
        self.newest: dict[tuple[int, int, str], float | str] = {}
        self.vague: set[tuple[int, str]] = set()
        self.accepted = 0

    def note(self, rows: list[Any], answer: dict[str, Any]) -> None:
        """Enter the rows of an upload that the answer does not reject."""
        rejected = {one.get("index") for one in answer.get("rejected") or ()}
        self.accepted += int(answer.get("accepted") or 0)
        if answer.get("responseCode") != "0":
            return
        for index, row in enumerate(rows):
            if index not in rejected and isinstance(row, dict):
                self._enter(row)

    def _enter(self, row: dict[str, Any]) -> None:
        item, stat_type, start = (
            self.items.get(str(row.get("dataCode"))),
            str(row.get("statType")),
            str(row["statDate"]),
        )
        if item is None:
            return
        if not (stat_type in DIGITS and _is_aligned(start, stat_type)):
            self.vague.add((item, start[:10]))  # which slot it is was the platform's to say: leave that day out
            return
        key, value = (item, int(stat_type), start), str(row.get("dataValue"))
        plain = row.get("valid", "1") in ("1", 1) and "state" not in row and PLAIN.fullmatch(value)
        self.newest[key] = float(value) if plain else UNSURE

    def compare(self, stored: dict[tuple[int, int, str], float | None]) -> list[str]:
        """Give every key whose stored value is not the newest one acknowledged, or that is not there at all."""
        return [
            f"{key}: acknowledged {value}, stored {stored.get(key, 'nothing')}"
            for key, value in self.newest.items()
            if (key not in stored or stored[key] != value != UNSURE) and (key[0], key[2][:10]) not in self.vague
        ]


def _is_aligned(start: str, stat_type: str) -> bool:
    try:
        at = datetime.strptime(start, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return False
    whole = at.minute % 15 == 0 and at.second == 0
    day = at.hour == at.minute == at.second == 0
    return (
        str(at) == start
        and {"0": whole, "1": day, "2": day and at.day == 1, "3": day and at.timetuple().tm_yday == 1}[stat_type]
    )


class DialectA:
    """The targets of dialect A, with what they share."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.world = caller, caller.hub.world
        self.ledgers = {name: Ledger(self.world["enterprises"][name]["items"]) for name in ("energy", "sealed")}

    def targets(self) -> dict[str, tuple[st.SearchStrategy[Any], Any]]:
        """Give a strategy and a sender for every operation that the hub knows, and for one it does not."""
        found: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
            "A energy records": (batches, self._energy),
            "A sealed records": (st.tuples(batches, st.integers(0, 9)), self._sealed),
        }
        for operation in [*self.world["operations"]["A"], "noSuchOperation"]:
            found[f"A {operation}"] = (
                st.tuples(messages(self._templates(operation)), self._senders()),
                self._one(operation),
            )
        return found

    def _senders(self) -> st.SearchStrategy[dict[str, str]]:
        """Headers: signatures that are none, other content types, lengths that lie about nothing."""
        return st.dictionaries(
            st.sampled_from(
                ["X-Nenghao-Timestamp", "X-Nenghao-Nonce", "X-Nenghao-Signature", "Content-Type", "X-Forwarded-For"]
            ),
            st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), max_size=64),
            max_size=2,
        )

    def _templates(self, operation: str) -> st.SearchStrategy[Any]:
        known = self.world["enterprises"]
        own, foreign = known["config"], known["foreign"]
        who = st.sampled_from([own] * 8 + [known["sealed"], foreign])
        device = st.sampled_from([own["device_id"]] * 8 + ["0" * 32, "", known["page"]["device_id"]])
        more = {
            "register": st.fixed_dictionaries(
                {
                    "enterpriseCode": who.map(lambda one: one["code"]),
                    "region": st.sampled_from(["370100", "130100", "000000"]),
                    "clientId": texts,
                    "signing": st.sampled_from(["", "hmac-sm3", "x"]),
                }
            ),
            "uploadConfigData": st.fixed_dictionaries(
                {
                    "collectItemConfig": st.lists(_config_items(), max_size=3),
                    "enterprise": st.one_of(st.none(), _enterprise(own)),
                    "group": st.one_of(st.none(), st.fixed_dictionaries({"name": texts, "address": texts})),
                    "process": st.lists(
                        st.fixed_dictionaries(
                            {"processCode": st.sampled_from(["04", "05", "zz", ""]), "processName": texts}
                        ),
                        max_size=2,
                    ),
                    "processUnit": st.lists(
                        st.fixed_dictionaries(
                            {
                                "code": st.sampled_from(["01", "x"]),
                                "name": texts,
                                "processCode": st.sampled_from(["04", "99"]),
                            }
                        ),
                        max_size=2,
                    ),
                }
            ),
            "uploadMeteringData": st.fixed_dictionaries(
                {
                    "data": st.lists(
                        st.fixed_dictionaries(
                            {
                                "meteringName": texts,
                                "manageCode": st.sampled_from(["E-1", "E-2", "", "x" * 60]),
                                "meteringLevel": texts,
                                "latelyCalibration": texts,
                                "measureState": texts,
                                "dataCode": st.sampled_from([*CODES, "x"]),
                            }
                        ),
                        max_size=3,
                    )
                }
            ),
            "uploadEnergyData": st.fixed_dictionaries({"data": batches, "backlog": scalars}),
            "downloadData": st.fixed_dictionaries(
                {
                    "startDate": texts,
                    "endDate": texts,
                    "statTypes": values,
                    "dataCodes": values,
                    "cursor": texts,
                    "limit": scalars,
                }
            ),
            "downloadConfigData": st.fixed_dictionaries({"cursor": texts, "limit": scalars}),
            "downloadBaseData": st.fixed_dictionaries({"dictionaries": values, "versions": values}),
        }.get(
            operation,
            st.dictionaries(st.sampled_from(["start", "end", "day", "digests", "cursor", "limit"]), values, max_size=3),
        )
        envelope = st.fixed_dictionaries({"deviceId": device, "enterpriseCode": who.map(lambda one: one["code"])})
        return st.builds(lambda first, second: {**first, **second}, envelope, more)

    def _one(self, operation: str) -> Any:
        def send(outcome: Outcome, drawn: Any) -> None:
            body, headers = drawn
            self._answer(outcome, operation, body, headers)

        return send

    def _answer(self, outcome: Outcome, operation: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """Send; the answer must be in the protocol's form, and never an error inside the platform."""
        answer = self.caller.send(outcome, "POST", f"/nhjc/{operation}", content=body, headers=headers)
        assert answer.status_code == 200, answer.status_code
        told = answer.json()
        assert told["responseCode"] in ("0", "1"), told
        assert isinstance(told["responseMessage"], str), told
        assert "internal-error" not in answer.text, answer.text[:500]
        outcome.answers[f"code {told['responseCode']}"] += 1
        return told

    def _energy(self, outcome: Outcome, rows: list[Any]) -> int:
        sender = self.world["enterprises"]["energy"]
        told = self._answer(outcome, "uploadEnergyData", self._upload(sender, rows), {})
        self.ledgers["energy"].note(rows, told)
        return len(rows)

    def _upload(self, sender: dict[str, Any], rows: list[Any]) -> bytes:
        return encoded({"deviceId": sender["device_id"], "enterpriseCode": sender["code"], "data": rows})

    def _sealed(self, outcome: Outcome, drawn: Any) -> int:
        """Encrypt as the province's profile says; now and then spoil a ciphertext, which must never be taken."""
        rows, spoil = drawn
        sender, profile = self.world["enterprises"]["sealed"], Profile.load("shandong")
        secret = [dict(row) if isinstance(row, dict) else row for row in rows]
        for row in secret:
            if isinstance(row, dict):
                names = [name for name in row if name in profile.encrypted_fields and isinstance(row[name], str)]
                names = [name for name in names if row[name].isprintable() and row[name].isascii() and row[name]]
                for name, text in zip(
                    names, sm4_encrypt_fields([row[name] for name in names], sender["secret_key"]), strict=True
                ):
                    row[name] = text[:-1] if spoil == 1 else text[::-1] if spoil == 2 else text
        told = self._answer(outcome, "uploadEnergyData", self._upload(sender, secret), {})
        if spoil in (1, 2):
            self.ledgers["sealed"].accepted += int(told.get("accepted") or 0)
        else:
            self.ledgers["sealed"].note(rows, told)
        return len(rows)

    def settle(self) -> list[str]:
        """Hold the ledgers against the stopped hub's store: nothing acknowledged is lost, nothing else is there."""
        wrong = []
        with duckdb.connect(str(self.caller.hub.folder / "readings.duckdb"), read_only=True) as store:
            for name, ledger in self.ledgers.items():
                found, count = _stored(store, list(ledger.items.values()))
                wrong += [f"{name} {line}" for line in ledger.compare(found)[:20]]
                if count != ledger.accepted:
                    wrong.append(f"{name}: {ledger.accepted} records acknowledged, {count} stored")
        return wrong


def _stored(store: Any, item_ids: list[int]) -> tuple[dict[tuple[int, int, str], float | None], int]:
    rows = store.execute(
        """SELECT data_item_id, stat_type, period_start, arg_max_null(reading.value, version), count(*)
        FROM reading JOIN batch ON batch.id = reading.batch_id
        WHERE data_item_id IN (SELECT unnest($ids)) AND batch.device_id IS NOT NULL GROUP BY ALL""",
        {"ids": item_ids},
    ).fetchall()
    return {(row[0], row[1], str(row[2])): row[3] for row in rows}, sum(row[4] for row in rows)


def _config_items() -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "name": texts,
            "processCode": st.sampled_from(["00", "04", "x"]),
            "processUnitCode": st.sampled_from(["00", "01"]),
            "equipmentCode": st.sampled_from(["00", "01"]),
            "equipmentUnitCode": st.sampled_from(["00", "01"]),
            "energyClassCode": st.sampled_from(["02", "01", "99"]),
            "energyTypeCode": st.sampled_from(["3300", "0100", "x"]),
            "dataUsageCode": st.sampled_from(["10", "20", ""]),
            "inputType": texts,
            "statType": st.sampled_from(["0", "1", "9"]),
            "scope": st.sampled_from(["1", "2", "9"]),
            "dataValueMax": texts,
            "dataValueMin": texts,
            "realtimeMinutes": texts,
        }
    )


def _enterprise(own: dict[str, Any]) -> st.SearchStrategy[Any]:
    names = [
        "name",
        "typeCode",
        "typeName",
        "regionName",
        "center",
        "jgzh",
        "energyConsumeLevel",
        "latitude",
        "longitude",
        "phone",
        "registerDate",
    ]
    return st.fixed_dictionaries(
        {
            "code": st.just(own["code"]),
            "corporationCode": st.just(own["code"]),
            "industryCode": st.sampled_from(["C31", "C3110", "x"]),
            "regionCode": st.sampled_from(["370100", "130100", "x"]),
            **dict.fromkeys(names, texts),
        }
    )


def plain(body: bytes) -> Any:
    """Read a body back, for a look at what was sent."""
    return json.loads(body)

"""Dialect A and the chain: every operation from approved, signing and encrypting senders, and what was acknowledged."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from nenghao.protocol import Profile
from nenghao.protocol.signing import SIGNATURE, signed_headers
from nenghao.protocol.sm4 import sm4_encrypt_fields

from .bodies_a import base_data, batches, good_batches, good_message
from .books import Kept, Uploads
from .caller import Caller
from .driver import Outcome, Target
from .words import encoded, now_and_then, spoilt, values, ways
from .world import FOREIGN_CITY, SPARES, hidden

ABOUT_ONE = frozenset(
    {"uploadConfigData", "uploadMeteringData", "uploadEnergyData", "downloadConfigData", "downloadData"}
)
"""Operations about the one enterprise that the message names."""
WRITES = frozenset({"register", "registerPlatform", "uploadConfigData", "uploadMeteringData", "uploadDigest"})
FEW = 12
"""Requests at a time of those that write to SQLite, which would only wait for each other."""
NEW_BELOW = [f"91FUZZNEW{number:09}" for number in range(10)]
"""Enterprises that only the platform below makes known."""


@dataclass
class Sent:
    """One call on its way: the message as far as it is known, the bytes, the headers."""

    operation: str
    message: Any
    body: bytes
    headers: dict[str, str]


class DialectA:
    """The targets of dialect A and of the chain, with what they share."""

    def __init__(self, caller: Caller, uploads: Uploads) -> None:
        self.caller, self.world, self.uploads = caller, caller.world, uploads
        self.known = self.world["enterprises"]
        spares = {f"spare{number}" for number in range(SPARES)}
        self.hidden = {
            name: hidden(self.world, name, *spares, codes=True)
            for name in ("energy", "sealed", "config", "signed")
        }  # fmt: skip
        below = [name for name, facts in self.known.items() if facts["region"] != FOREIGN_CITY]
        self.hidden["platform"] = hidden(self.world, *below, codes=True)
        self.foreign = {self.known[name]["code"] for name in ("foreign", "other")}
        self.devices = Kept("registry.Device", "device_id")
        self.platforms = Kept("chain.Platform", "platform_id")
        self.items, self.meters = Kept("registry.DataItem", "place"), Kept("registry.Meter", "place")
        self.days = Kept("chain.ReceivedDay", "place", platform=self.world["platform"]["pk"])

    def targets(self) -> list[Target]:
        """Give every operation that the hub knows, one that it does not know, and uploads of three kinds of sender."""
        senders = ("energy", "sealed", "signed")
        return [
            *(
                Target(f"A uploadEnergyData {name}", self._batches(), self._records(name), self._check)
                for name in senders
            ),
            *(
                Target(
                    f"A {operation}", self._bodies(operation), self._one(operation), self._check,
                    threads=FEW if operation in WRITES else 64,
                )
                for operation in [*self.world["operations"]["A"], "noSuchOperation"]
            ),
        ]  # fmt: skip

    def _check(self, outcome: Outcome) -> list[str]:
        return [
            *self.uploads.check(outcome),
            *self.devices.check(outcome),
            *self.platforms.check(outcome),
            *self._check_items(outcome),
            *self._check_days(outcome),
        ]

    # Uploads of records

    def _batches(self) -> st.SearchStrategy[Any]:
        return st.tuples(now_and_then(batches, 8, usual=good_batches), st.integers(0, 15))

    def _records(self, name: str) -> Any:
        """Send as a province's profile asks; now and then spoil ciphertext or signature, which must never be taken."""
        sender, profile = self.known[name], Profile.load(self.known[name]["profile"])

        def send(outcome: Outcome, drawn: Any) -> None:
            rows, spoil = drawn
            told_rows = self._encrypted(rows, sender, profile, spoil) if profile.encrypts else rows
            body = encoded({"deviceId": sender["device_id"], "enterpriseCode": sender["code"], "data": told_rows})
            headers = _signed(sender, "uploadEnergyData", body, spoil) if name == "signed" else {}
            told = self._answer(outcome, Sent("uploadEnergyData", None, body, headers), name)
            is_false = spoil in (1, 2) and (name == "signed" or profile.encrypts)
            if is_false and name == "signed":
                assert told["responseCode"] == "1", "a false signature was taken"
            self.uploads.note(told, sender, None if is_false else rows)

        return send

    def _encrypted(self, rows: list[Any], sender: dict[str, Any], profile: Profile, spoil: int) -> list[Any]:
        secret = [dict(row) if isinstance(row, dict) else row for row in rows]
        for row in secret:
            if isinstance(row, dict):
                names = [name for name in row if name in profile.encrypted_fields and isinstance(row[name], str)]
                names = [name for name in names if row[name].isprintable() and row[name].isascii() and row[name]]
                made = sm4_encrypt_fields([row[name] for name in names], sender["secret_key"])
                for name, text in zip(names, made, strict=True):
                    row[name] = text[:-1] if spoil == 1 else text[::-1] if spoil == 2 else text
        return secret

    # One call of any operation

    def _bodies(self, operation: str) -> st.SearchStrategy[Any]:
        """Draw who sends, what, how it is spoilt (two in three not at all), and headers."""
        good = good_message(operation, self.world)
        odd = st.dictionaries(st.sampled_from(["deviceId", "enterpriseCode"]), values, max_size=1)
        return st.tuples(st.integers(0, 31), good, ways, now_and_then(odd, 1), _heads)

    def _one(self, operation: str) -> Any:
        def send(outcome: Outcome, drawn: Any) -> None:
            who, good, way, odd, headers = drawn
            name, envelope = self._envelope(who, operation)
            if "enterprise" in good:
                good = good | {"enterprise": base_data(envelope["enterpriseCode"])}
            message, body = spoilt({**envelope, **good, **(odd or {})}, way)
            if name == "signed":
                headers = _signed(self.known["signed"], operation, body, who)
            told = self._answer(outcome, Sent(operation, message, body, headers), name)
            if told["responseCode"] == "0":
                self._acknowledged(operation, name, message, told)

        return send

    def _envelope(self, who: int, operation: str) -> tuple[str, dict[str, Any]]:
        """Give who sends: mostly an approved device of its own enterprise, or the platform below."""
        if operation == "register":
            place = self.known[f"spare{who % SPARES}"] if who < 28 else self.known["foreign"]
            return "config", {"enterpriseCode": place["code"]}
        if operation == "registerPlatform":
            return "config", {}
        own = self.known["signed"] if who % 8 == 7 else self.known["config"]
        if who in (1, 2, 3, 4, 5) or (operation == "uploadDigest" and who > 10):
            code = [self.known["below"]["code"], *NEW_BELOW][who % 5]
            return "platform", {"deviceId": self.world["platform"]["device_id"], "enterpriseCode": code}
        if who == 6:
            foreign = self.known["foreign"]["code"]
            return "platform", {"deviceId": self.world["platform"]["device_id"], "enterpriseCode": foreign}
        code = self.known["foreign"]["code"] if who == 30 else own["code"]
        return "signed" if own is self.known["signed"] else "config", {
            "deviceId": own["device_id"] if who != 29 else "0" * 32, "enterpriseCode": code,
        }  # fmt: skip

    def _answer(self, outcome: Outcome, sent: Sent, name: str) -> dict[str, Any]:
        """Send; the answer must be in the protocol's form, and never an error inside the platform."""
        self.uploads.called()
        path = f"/nhjc/{sent.operation}"
        answer, took = self.caller.send(
            outcome, "POST", path, body=sent.body, headers=sent.headers, hidden=self.hidden[name]
        )
        assert answer.status == 200, answer.status
        told = answer.json()
        code = told["responseCode"]
        outcome.answered(f"code {code}", taken=code == "0", took_s=took)
        assert code in ("0", "1"), told
        assert isinstance(told["responseMessage"], str), told
        assert b"internal-error" not in answer.content, answer.content[:500].decode()
        asked = sent.message.get("enterpriseCode") if isinstance(sent.message, dict) else None
        if sent.operation in ABOUT_ONE and isinstance(asked, str) and asked in self.foreign:
            assert code == "1", f"taken of a foreign enterprise: {told}"
            outcome.add(foreign_refused=1)
        if sent.operation == "uploadDigest":
            named = [one for one in told.get("enterprises", ()) if one["enterpriseCode"] in self.foreign]
            assert not any(one.get("known", True) for one in named), f"foreign days are told: {told}"
            outcome.add(foreign_refused=len(named))
        return told

    # What was acknowledged

    def _acknowledged(self, operation: str, name: str, message: Any, told: dict[str, Any]) -> None:
        if operation == "uploadEnergyData":
            own = name in self.known and isinstance(message, dict)
            rows = message.get("data") if own else None
            self.uploads.note(told, self.known[name] if own else None, rows if isinstance(rows, list) else None)
        elif operation == "register":
            self.devices.note(told["deviceId"])
        elif operation == "registerPlatform":
            self.platforms.note(told["deviceId"])
        elif operation in ("uploadConfigData", "uploadMeteringData") and isinstance(message, dict):
            self._acknowledged_rows(message, told)
        elif operation == "uploadDigest" and isinstance(message, dict) and name == "platform":
            self._acknowledged_days(message, told)

    def _acknowledged_rows(self, message: dict[str, Any], told: dict[str, Any]) -> None:
        """Enter the items and instruments of a message of which no row was refused."""
        if told.get("rejected") or not isinstance(code := message.get("enterpriseCode"), str):
            return
        for row in _rows(message.get("collectItemConfig")):
            parts = [str(row.get(name, "")).strip() for name in _CODE_PARTS]
            self.items.note(f"{code.strip()}|" + "{}-{}-{}{}-{}{}-{}".format(*parts))
        for row in _rows(message.get("data")):
            self.meters.note(f"{code.strip()}|{str(row.get('manageCode')).strip()}")

    def _check_items(self, outcome: Outcome) -> list[str]:
        return [
            *_check_pairs(self.items, outcome, "data_code"),
            *_check_pairs(self.meters, outcome, "manage_code"),
        ]

    def _acknowledged_days(self, message: dict[str, Any], told: dict[str, Any]) -> None:
        """Enter the days of which the platform above wrote down what we said."""
        if message.get("items") is True:
            return
        known = {one["enterpriseCode"] for one in told.get("enterprises", ()) if one.get("known", True)}
        for one in _rows(message.get("enterprises")):
            for day in _rows(one.get("days")):
                if one.get("enterpriseCode") in known and message["start"] <= str(day.get("day")) < message["end"]:
                    self.days.note(f"{one['enterpriseCode']}|{day['day']}")

    def _check_days(self, outcome: Outcome) -> list[str]:
        from nenghao.hub.chain.models import ReceivedDay

        with self.days.lock:
            told, self.days.told = self.days.told, {}
        rows = ReceivedDay.objects.filter(platform_id=self.world["platform"]["pk"])
        found = {f"{code}|{day}" for code, day in rows.values_list("enterprise__code", "day")}
        absent = [name for name in told if name not in found]
        outcome.add(acknowledged=len(told), present=len(told) - len(absent))
        return [f"digest of {name}: acknowledged and not there" for name in absent[:5]]


_CODE_PARTS = (
    "processCode", "processUnitCode", "equipmentCode", "equipmentUnitCode", "energyClassCode", "energyTypeCode",
    "dataUsageCode",
)  # fmt: skip
_ASCII = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), max_size=40)
_heads = now_and_then(
    st.dictionaries(
        st.sampled_from(
            ["X-Nenghao-Timestamp", "X-Nenghao-Nonce", "X-Nenghao-Signature", "Content-Type", "X-Forwarded-For"]
        ),
        _ASCII,
        max_size=2,
    ),
    1,
    usual={},
)
"""Headers: signatures that are none, other content types."""


def _check_pairs(kept: Kept, outcome: Outcome, column: str) -> list[str]:
    """Look for all rows that belong to an enterprise, named ``enterprise|code``."""
    from django.apps import apps

    with kept.lock:
        told, kept.told = kept.told, {}
    if not told:
        return []
    codes = {name.split("|")[0] for name in told}
    rows = apps.get_model(kept.model).objects.filter(enterprise__code__in=codes)
    found = {f"{code}|{own}" for code, own in rows.values_list("enterprise__code", column)}
    absent = [name for name in told if name not in found]
    outcome.add(acknowledged=len(told), present=len(told) - len(absent))
    return [f"{kept.model} {name}: acknowledged and not there" for name in absent[:5]]


def _rows(sent: Any) -> list[dict[str, Any]]:
    return [row for row in sent if isinstance(row, dict)] if isinstance(sent, list) else []


def _signed(sender: dict[str, Any], operation: str, body: bytes, spoil: int) -> dict[str, str]:
    """Sign; 1 and 2 spoil the signature."""
    made = signed_headers(sender["sign_key"], f"/nhjc/{operation}", body, now=time.time(), nonce=secrets.token_hex(16))
    if spoil == 1:
        made[SIGNATURE] = made[SIGNATURE][::-1]
    return {} if spoil == 2 else made

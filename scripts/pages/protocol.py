"""The page of all reasons for a refusal, all code lists and all province profiles, from the program's own files."""

from __future__ import annotations

from nenghao.protocol import Profile
from nenghao.protocol.rejections import catalogue
from nenghao.reference import library
from nenghao.reference.dictionary import WIRE_ENUMERATIONS


def page() -> str:
    """Give the Markdown text."""
    reasons = [
        f"| `{code}` | {t['message_zh']}<br>{t['message_en']} | {t['mend_zh']}<br>{t['mend_en']} |".replace(
            "{{…}}", "{…}"
        )
        for code, t in sorted(catalogue().items())
    ]
    profiles = [_profile(Profile.load(name)) for name in Profile.names()]
    return "\n".join([
        "# Refusals, enumerations and province profiles", "",
        "Made from `src/nenghao/protocol/rejections.toml` and `profiles/*.toml`; see [the protocol](../protocol.md).",
        "",
        "## Refusals", "",
        "`{value}` is what was sent, `{more}` a detail. `index` -1 concerns the whole message.", "",
        "| code | message | mend |", "|---|---|---|", *reasons, "",
        "## Enumerations", "",
        "As `downloadBaseData` gives them (`enumerations`, `standardCodes`); how each is known stands behind it.", "",
        "| list | code | meaning | known |", "|---|---|---|---|", *_enumerations(), "",
        "## Province profiles", "",
        "C: read in code of a client; I: inferred. `valid` is written with the first word in bold.", "",
        "| profile | founded on | encrypted fields | also taken plain | valid / invalid | rows a day | path "
        "| TLS | asks for | slots |",
        "|---|---|---|---|---|---|---|---|---|---|", *profiles,
    ])  # fmt: skip


def _enumerations() -> list[str]:
    rows = (item for name in (*WIRE_ENUMERATIONS, "dataUsageCode") for item in library().enumeration(name))
    return [f"| `{item.list}` | `{item.code}` | {item.meaning} | {item.status} |" for item in rows]


def _profile(profile: Profile) -> str:
    slot, valid = profile.upload_slot, _words(profile.valid_values, profile.valid_word)
    return (
        f"| `{profile.name}` {profile.title_zh} (dialect {profile.dialect}) | {profile.confidence}: {profile.source} "
        f"| {_words(profile.encrypted_fields)} | {_words(profile.plain_allowed)} "
        f"| {valid} / {_words(profile.invalid_values, profile.invalid_word)} "
        f"| {profile.realtime_rows_per_day} | `{profile.address('')}` | {profile.min_tls} | {_asks(profile)} "
        f"| {slot.start:%H:%M}–{slot.until:%H:%M} |"
    )


def _asks(profile: Profile) -> str:
    asked = {
        "client certificate": profile.client_certificate, "two destinations": profile.second_destination,
        "signature": profile.signing == "required",
    }  # fmt: skip
    return ", ".join(name for name, is_asked in asked.items() if is_asked) or "nothing more"


def _words(words: frozenset[str], bold: str = "") -> str:
    return ", ".join(f"**`{word}`**" if word == bold else f"`{word}`" for word in sorted(words)) or "none"

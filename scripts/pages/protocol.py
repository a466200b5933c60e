"""The page of all reasons for a refusal and of all province profiles, from the files that the program itself reads."""

from __future__ import annotations

from nenghao.protocol import Profile
from nenghao.protocol.rejections import catalogue


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
        "# Refusals and province profiles", "",
        "Made from `src/nenghao/protocol/rejections.toml` and `profiles/*.toml`; see [the protocol](../protocol.md).",
        "",
        "## Refusals", "",
        "`{value}` is what was sent, `{more}` a detail. `index` -1 concerns the whole message.", "",
        "| code | message | mend |", "|---|---|---|", *reasons, "",
        "## Province profiles", "",
        "| profile | encrypted fields of a record | also taken plain | valid / invalid | real-time rows a day | path |",
        "|---|---|---|---|---|---|", *profiles,
    ])  # fmt: skip


def _profile(profile: Profile) -> str:
    return (
        f"| `{profile.name}` {profile.title_zh} | {_words(profile.encrypted_fields)} | {_words(profile.plain_allowed)} "
        f"| {_words(profile.valid_values)} / {_words(profile.invalid_values)} | {profile.realtime_rows_per_day} "
        f"| `/{profile.path_prefix}/` |"
    )


def _words(words: frozenset[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words)) or "none"

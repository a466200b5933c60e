"""Where the operations of the wire lie on this hub: one rule for all, derived from the province profiles.

A hub answers under the prefix of every profile of dialect A, by every name that a profile has for an operation. A
profile without a prefix has exactly its operations at the root, so that the pages keep all other addresses.
"""

from __future__ import annotations

from nenghao.errors import NenghaoError
from nenghao.protocol.profile import OPERATIONS, Profile


def names_of(profiles: tuple[Profile, ...]) -> dict[str, str]:
    """Give name on the wire → operation; raise ``profile-wrong`` where two profiles mean two things by one name."""
    found = {operation: operation for operation in OPERATIONS}
    for profile in profiles:
        for operation, name in profile.operations.items():
            if found.setdefault(name, operation) != operation:
                raise NenghaoError(
                    "profile-wrong", f"接口名「{name}」在各省级配置中含义不同",
                    f"the profiles do not agree on the operation {name!r}", record=f"{profile.name}.toml",
                    field="operations", mend_zh="换一个接口名", mend_en="choose another name",
                )  # fmt: skip
    return found


_PROFILES = tuple(profile for profile in map(Profile.load, Profile.names()) if profile.dialect == "A")
NAMES = names_of(_PROFILES)
PREFIXES = tuple(sorted({profile.path_prefix for profile in _PROFILES} - {""}))
ROOT_NAMES = frozenset(
    profile.operation_name(operation) for profile in _PROFILES if not profile.path_prefix for operation in OPERATIONS
)
_STARTS = tuple(f"/{prefix}/" for prefix in PREFIXES)


def wire_name(path: str) -> str | None:
    """Give the last part of a path of the wire, which names the operation; ``None`` for any other path.

    >>> wire_name("/nhjc/register"), wire_name("/enterprises/91370600MA3C000017/"), wire_name("/nhjc/")
    ('register', None, None)
    """
    if path[1:] in ROOT_NAMES:
        return path[1:]
    start = next((start for start in _STARTS if path.startswith(start)), "")
    return (path[len(start) :] or None) if start else None

"""The page of all operations and fields of dialect B, from the tables that the program itself checks by."""

from __future__ import annotations

from nenghao.protocol.yunnan import DICTIONARIES, OPERATIONS, Operation, make_dictionary, message_fields, required_names


def page() -> str:
    """Give the Markdown text."""
    messages = dict.fromkeys(operation.message for operation in OPERATIONS.values())
    return "\n".join([
        "# Dialect B (Yunnan): operations, fields, dictionaries", "",
        "Made from `src/nenghao/protocol/yunnan/`; see [dialect B](../protocol-yunnan.md). Confidence C: read in the",
        "schema of a client that talks to the platform.", "",
        "## Operations", "",
        "| path below `/YNEnergy/` | fields | token | the request must carry | path |", "|---|---|---|---|---|",
        *map(_operation, OPERATIONS.values()), "",
        "## Dictionaries", "", "| itemIndex | name | rows of ours |", "|---|---|---|",
        *(f"| {i} | `{name}` | {len(make_dictionary(i)) or 'none: no facts'} |" for i, name in DICTIONARIES.items()),
        *(line for message in messages for line in _message(message)),
    ])  # fmt: skip


def _operation(operation: Operation) -> str:
    needs = ", ".join(f"`{name}`" for name in required_names(operation))
    return (
        f"| `{operation.path}` | [{operation.message}](#{_anchor(operation.message)}) "
        f"| {'yes' if operation.takes_token else 'no'} | {needs} | {'ours ➕' if operation.ours else 'C'} |"
    )


def _message(message: str) -> list[str]:
    rows = [
        f"| `{f.name}` | {f.kind}{f'({f.length})' if f.length else ''} | {'yes' if f.required else ''} | {f.meaning} "
        f"| {f.confidence} |"
        for f in message_fields(message).values()
    ]
    head = ["| field | type | always seen | meaning | confidence |", "|---|---|---|---|---|"]
    return ["", f"## {message}", "", *head, *rows]


def _anchor(message: str) -> str:
    return message.lower().replace("/", "")

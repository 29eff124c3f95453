"""What OpenAI's Responses API answers beside text (calls of its own tools, images), as standard blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from eventflow.messages.partial_json import parse_json

__all__ = ("OPENAI_ITEMS",)

Block: TypeAlias = dict[str, Any]

_TOOLS: Final[Mapping[str, tuple[str, str, str]]] = {
    "code_interpreter_call": ("code_interpreter", "code", "outputs"),
    "file_search_call": ("file_search", "queries", "results"),
    "web_search_call": ("web_search", "action", ""),
}
"""The tools that the provider runs: the name, the key of the argument, and that of the result if there is one."""
_FAILED: Final = ("failed", "incomplete")


def _tool(block: Block) -> list[Block]:
    """A call, and what came of it if it has ended."""
    rest = dict(block)
    name, argument, outcome = _TOOLS[rest.pop("type")]
    given = rest.pop(argument, None)
    args = cast("Block", given) if isinstance(given, dict) else {argument: given}
    output = {"output": rest.pop(outcome)} if outcome in rest else {}
    status = rest.pop("status", "completed")
    made = _call_and_result(name, args, rest, status in _FAILED, output)
    return made if status == "completed" or status in _FAILED else made[:1]


def _mcp(block: Block) -> list[Block]:
    """A call of a tool of a remote server, and what came of it."""
    rest = {key: value for key, value in block.items() if key not in ("type", "name", "status")}
    args: Any = parse_json(rest.pop("arguments", "") or "{}")
    output, error = rest.pop("output", None), rest.pop("error", None)
    rest = {"tool_name": block["name"], **rest}
    return _call_and_result("remote_mcp", args, rest, error is not None, {"output": error or output})


def _call_and_result(name: str, args: Block, rest: Block, failed: bool, output: Block) -> list[Block]:
    item = rest.pop("id")
    extras = {key: value for key, value in rest.items() if key != "index"}
    call = {"type": "server_tool_call", "name": name, "args": args, "id": item}
    result = {"type": "server_tool_result", "tool_call_id": item, "status": "error" if failed else "success"}
    return [{**call, "extras": extras} if extras else call, {**result, **output}]


def _image(block: Block) -> Block:
    extras = {key: value for key, value in block.items() if key not in ("type", "id", "index", "result")}
    made = {"type": "image", "base64": block["result"]}
    if "output_format" in block:
        made["mime_type"] = f"image/{block['output_format']}"
    return {**made, "extras": extras} if extras else made


OPENAI_ITEMS: Final[Mapping[str, Callable[[Block], Block | list[Block]]]] = {
    **dict.fromkeys(_TOOLS, _tool),
    "image_generation_call": _image,
    "mcp_call": _mcp,
}
"""What makes standard blocks of an item, by its type."""

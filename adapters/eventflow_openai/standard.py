"""Blocks of the Responses API's answers as standard content blocks (`output_version="v1"`), and back.

What has no place in a standard block is kept in its `extras`, so that an answer can be sent back as it came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from eventflow import AIMessage, AIMessageChunk
from eventflow_openai.blocks import Block

__all__ = ("in_standard_blocks", "to_provider_blocks", "to_standard_blocks")

_SERVER_TOOLS: Final[Mapping[str, tuple[str, str, str]]] = {
    "code_interpreter_call": ("code_interpreter", "code", "outputs"),
    "file_search_call": ("file_search", "queries", "results"),
    "web_search_call": ("web_search", "action", ""),
}
"""Items that are calls of the provider's own tools: the tool's name, the key of its argument, that of its result."""

_ITEM_OF_TOOL: Final = {name: kind for kind, (name, _, _) in _SERVER_TOOLS.items()}


# ---- from the provider's form


def to_standard_blocks(blocks: Sequence[Block]) -> list[Block]:
    """Blocks, or pieces of them, in the standard form; those with the same `index` belong together.

    >>> to_standard_blocks([{"type": "text", "text": "hi", "index": 2}])
    [{'type': 'text', 'text': 'hi', 'index': 'lc_txt_2'}]
    """
    return [made for block in blocks for made in _standard(block)]


def _standard(block: Block) -> Iterator[Block]:
    kind, index = block["type"], block["index"]
    rest = {key: value for key, value in block.items() if key not in ("type", "index")}
    if (convert := _STANDARD.get(kind)) is not None:
        yield from convert(rest, index)
    elif kind in _SERVER_TOOLS:
        yield from _server_tool(kind, rest, index)
    else:
        yield {"type": "non_standard", "value": {"type": kind, **rest}, "index": f"lc_ns_{index}"}


def _with_extras(block: Block, extras: Mapping[str, Any]) -> Block:
    return {**block, "extras": dict(extras)} if extras else block


def _text(rest: Block, index: int) -> Iterator[Block]:
    made: Block = {"type": "text", "text": rest.pop("text"), "index": f"lc_txt_{index}"}
    if "id" in rest:
        made["id"] = rest.pop("id")
    if "annotations" in rest:
        made["annotations"] = [_citation(given) for given in rest.pop("annotations")]
    yield _with_extras(made, rest)


def _citation(given: Block) -> Block:
    """An annotation; of one that is no address the provider's form is kept."""
    if given["type"] == "url_citation":
        return {**given, "type": "citation"}
    made = {"type": "citation", "extras": given}
    return {**made, "title": given["filename"]} if "filename" in given else made


def _reasoning(rest: Block, index: int) -> Iterator[Block]:
    """One block for each summary; what else there is goes to the first."""
    texts: dict[int, str] = {part["index"]: part["text"] for part in rest.pop("summary", ())}
    known = {"id": rest.pop("id")} if "id" in rest else {}
    if rest or known:
        texts = {0: "", **texts}
    for number, text in texts.items():
        made = {"type": "reasoning", "reasoning": text, **known, "index": f"lc_rs_{index}_{number}"}
        yield made if number else _with_extras(made, rest)


def _call(rest: Block, index: int) -> Iterator[Block]:
    made: Block = {
        "type": "tool_call_chunk",
        "name": rest.pop("name", None),
        "args": rest.pop("arguments", None),
        "id": rest.pop("call_id", None),
        "index": f"lc_tc_{index}",
    }
    if "id" in rest:
        rest["item_id"] = rest.pop("id")
    yield _with_extras(made, rest)


def _custom_call(rest: Block, index: int) -> Iterator[Block]:
    args = json.dumps({"__arg1": rest.pop("input", "")}, ensure_ascii=False)
    yield from _call({**rest, "arguments": args, "custom": True}, index)


def _image(rest: Block, index: int) -> Iterator[Block]:
    form = rest.get("output_format", "png")
    made: Block = {"type": "image", "mime_type": f"image/{form}", "index": f"lc_img_{index}"}
    made |= {
        ours: rest.pop(theirs) for ours, theirs in (("id", "id"), ("base64", "result")) if theirs in rest
    }
    yield _with_extras(made, rest)


def _mcp(rest: Block, index: int) -> Iterator[Block]:
    failed = rest.get("error") is not None
    call: Block = {"type": "server_tool_call", "name": "remote_mcp", "index": f"lc_src_{index}"}
    call |= {"id": rest.pop("id"), "args": _parsed(rest.pop("arguments", "")), "extras": rest}
    rest["tool_name"] = rest.pop("name", None)
    result: Block = {"type": "server_tool_result", "tool_call_id": call["id"], "index": f"lc_srr_{index}"}
    result |= {
        "status": "error" if failed else "success",
        "output": rest.pop("error" if failed else "output", None),
    }
    yield call
    yield result


def _parsed(arguments: str) -> Block:
    try:
        made = json.loads(arguments or "{}")
    except ValueError:
        made = None
    return cast("Block", made) if isinstance(made, dict) else {"__arg1": arguments}


def _server_tool(kind: str, rest: Block, index: int) -> Iterator[Block]:
    name, arg, output = _SERVER_TOOLS[kind]
    given = rest.pop(arg, None)
    status = rest.get("status", "completed")
    args: Block = cast("Block", given) if isinstance(given, dict) else {arg: given}
    call: Block = {"type": "server_tool_call", "name": name, "id": rest.pop("id", None), "args": args}
    result: Block = {"type": "server_tool_result", "tool_call_id": call["id"]}
    result |= {"status": "success" if status == "completed" else "error", "index": f"lc_srr_{index}"}
    if output in rest:
        result["output"] = rest.pop(output)
    yield _with_extras({**call, "index": f"lc_src_{index}"}, rest)
    yield result


_STANDARD: Final[Mapping[str, Callable[[Block, int], Iterator[Block]]]] = {
    "custom_tool_call": _custom_call,
    "function_call": _call,
    "image_generation_call": _image,
    "mcp_call": _mcp,
    "reasoning": _reasoning,
    "text": _text,
}


def in_standard_blocks(chunk: AIMessageChunk) -> AIMessageChunk:
    """A chunk of chat completions, changed: text, reasoning and calls are blocks of its content.

    >>> in_standard_blocks(AIMessageChunk("hi")).content
    [{'type': 'text', 'text': 'hi', 'index': 'lc_txt_0'}]
    """
    blocks: list[Any] = []
    if thought := chunk.additional_kwargs.pop("reasoning_content", None):
        blocks.append({"type": "reasoning", "reasoning": thought, "index": "lc_rs_0"})
    if isinstance(chunk.content, list):
        blocks += chunk.content
    elif chunk.content:
        blocks.append({"type": "text", "text": chunk.content, "index": "lc_txt_0"})
    blocks += [
        {**call, "type": "tool_call_chunk", "index": f"lc_tc_{call['index']}"}
        for call in chunk.tool_call_chunks
    ]
    chunk.content = blocks
    if chunk.chunk_position == "last":
        chunk.response_metadata = {**chunk.response_metadata, "output_version": "v1"}
    return chunk


# ---- and back


def to_provider_blocks(message: AIMessage) -> list[Block]:
    """The content of an answer in the form of the Responses API, from whatever form it has."""
    content = message.content
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    results = {
        block["tool_call_id"]: block
        for block in content
        if isinstance(block, dict) and block.get("type") == "server_tool_result"
    }
    blocks: list[Block] = []
    for given in content:
        block: Block = {"type": "text", "text": given} if isinstance(given, str) else dict(given)
        if (made := _provider(block, results, blocks)) is not None:
            blocks.append(made)
    return blocks


def _provider(block: Block, results: Mapping[str, Block], before: Sequence[Block]) -> Block | None:
    """The provider's form of a block; None if it belongs to another."""
    extras: Block = block.get("extras") or {}
    match block:
        case {"type": "text"}:
            cited = [_annotation(one) for one in block.get("annotations") or ()]
            return {**block, **extras, "annotations": cited}
        case {"type": "non_standard", "value": value}:
            return cast("Block", value)
        case {"type": "tool_call" | "tool_call_chunk"}:
            return _provider_call(block, extras)
        case {"type": "reasoning"} if "summary" not in block:
            return _provider_reasoning(block, extras, before)
        case {"type": "server_tool_call", "name": name}:
            return _provider_tool(name, block, extras, results.get(block.get("id") or "", {}))
        case {"type": "image"} if "id" in block:
            return {
                "type": "image_generation_call",
                "id": block["id"],
                "result": block.get("base64"),
                **extras,
            }
        case {"type": "server_tool_result"}:
            return None
        case _:
            return block


def _annotation(given: Block) -> Block:
    if given.get("type") != "citation":
        return given
    extras: Block = given.get("extras") or {}
    if "type" in extras:
        return extras
    return {
        **{key: value for key, value in given.items() if key != "extras"},
        **extras,
        "type": "url_citation",
    }


def _provider_call(block: Block, extras: Block) -> Block:
    args = block["args"]
    rest = {key: value for key, value in extras.items() if key not in ("item_id", "custom")}
    made: Block = {"name": block["name"], "call_id": block["id"], **rest}
    if extras.get("item_id"):
        made["id"] = extras["item_id"]
    if extras.get("custom"):
        return {"type": "custom_tool_call", **made, "input": args.get("__arg1", "")}
    arguments = args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)
    return {"type": "function_call", **made, "arguments": arguments}


def _provider_reasoning(block: Block, extras: Block, before: Sequence[Block]) -> Block | None:
    """The item of which this is a summary: a new one, or the one before."""
    item_id = block.get("id") or ""
    if not item_id.startswith("rs_"):
        return None
    said = [{"type": "summary_text", "text": block["reasoning"]}] if block.get("reasoning") else []
    if before and before[-1]["type"] == "reasoning" and before[-1].get("id") == item_id:
        before[-1]["summary"] += said
        return None
    return {"type": "reasoning", "id": item_id, "summary": said, **extras}


def _provider_tool(name: str, block: Block, extras: Block, result: Block) -> Block:
    made: Block = {"id": block.get("id"), **extras}
    if name == "remote_mcp":
        outcome = "error" if result.get("status") == "error" else "output"
        made |= {
            "name": made.pop("tool_name", None),
            "arguments": json.dumps(block["args"], ensure_ascii=False),
        }
        return {"type": "mcp_call", **made, outcome: result.get("output")}
    if name not in _ITEM_OF_TOOL:
        return block
    kind = _ITEM_OF_TOOL[name]
    _, arg, output = _SERVER_TOOLS[kind]
    args: Block = block["args"]
    made[arg] = args if arg == "action" else args.get(arg)
    if output and "output" in result:
        made[output] = result["output"]
    made.setdefault("status", "completed")
    return {"type": kind, **made}

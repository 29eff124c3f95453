"""What a chat completions server may say, as it is on the wire: chunks, and the same in one piece."""

from typing import Any

Chunk = dict[str, Any]

MODEL = "scripted-2025"
REPLY_ID = "chatcmpl-1"
USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


def _chunk(choices: list[dict[str, Any]], usage: Any) -> Chunk:
    return {**_head("chat.completion.chunk"), "choices": choices, "usage": usage}


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": REPLY_ID,
        "object": kind,
        "created": 1,
        "model": MODEL,
        "system_fingerprint": "fp",
        "service_tier": "default",
    }


def chunk(
    *, finish: str | None = None, usage: Any = None, logprobs: Any = None, index: int = 0, **delta: Any
) -> Chunk:
    """One chunk with one choice."""
    choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
    return _chunk([choice], usage)


def bare(usage: Any = None) -> Chunk:
    """A chunk without choices."""
    return _chunk([], usage)


def call(
    index: int = 0, *, id: str | None = None, name: str | None = None, args: str | None = None, **more: Any
) -> Chunk:
    """A chunk with a piece of a tool call, with the keys that are given."""
    function = {key: value for key, value in (("name", name), ("arguments", args)) if value is not None}
    head = {} if id is None else {"id": id, "type": "function"}
    return chunk(tool_calls=[{"index": index, **head, "function": function}], **more)


def text(*pieces: str, finish: str = "stop", usage: Any = USAGE) -> list[Chunk]:
    """A text in pieces; its usage comes at the end, in a chunk without choices."""
    said = [chunk(role="assistant", content=""), *(chunk(content=piece) for piece in pieces)]
    return [*said, chunk(finish=finish), *([] if usage is None else [bare(usage)])]


def logprob(token: str) -> dict[str, Any]:
    return {
        "content": [{"token": token, "logprob": -0.5, "bytes": None, "top_logprobs": []}],
        "refusal": None,
    }


CASES: dict[str, list[Chunk]] = {
    "text": text("Hel", "lo", " wörld"),
    "a call in pieces": [
        chunk(role="assistant", content=None),
        call(id="c1", name="weather", args=""),
        call(args='{"ci'),
        call(args='ty": "Pa'),
        call(args='ris"}'),
        chunk(finish="tool_calls"),
        bare(USAGE),
    ],
    "two calls at once": [
        call(0, id="c1", name="weather", args=""),
        call(0, args='{"city":'),
        call(1, id="c2", name="clock", args=""),
        call(1, args='{"zone": "CET"}'),
        call(0, args=' "Rome"}'),
        chunk(finish="tool_calls"),
        bare(USAGE),
    ],
    "name and empty arguments first": [
        call(id="c1", name="weather", args="", role="assistant", content=""),
        call(args='{"city": "Oslo"}', finish="tool_calls", usage=USAGE),
    ],
    "arguments in one piece": [
        chunk(role="assistant"),
        call(id="c1", name="weather", args='{"city": "Bonn"}'),
        chunk(finish="tool_calls", usage=USAGE),
    ],
    "a call without arguments": [
        call(id="c1", name="now", args=""),
        chunk(finish="tool_calls"),
    ],
    "text and a call": [
        *(chunk(content=piece) for piece in ("Let me ", "see")),
        call(id="c1", name="weather", args='{"city": "Bern"}'),
        chunk(finish="tool_calls", usage=USAGE),
    ],
    "reasoning": [
        chunk(role="assistant", content=None, reasoning_content="Two and "),
        chunk(content=None, reasoning_content="two."),
        chunk(content="4", reasoning_content=None),
        chunk(content="!", finish="stop", usage=USAGE),
    ],
    "usage in every chunk": [
        chunk(content="one", usage={"prompt_tokens": 11, "completion_tokens": 1, "total_tokens": 12}),
        chunk(content=" two", usage={"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}),
        chunk(finish="stop", usage=USAGE),
    ],
    "usage before the end": [chunk(content="one", usage=USAGE), chunk(finish="stop")],
    "no usage": text("no", " count", usage=None),
    "refusal": [
        chunk(role="assistant", content=None, refusal=""),
        chunk(refusal="I can"),
        chunk(refusal="not."),
        chunk(finish="stop", usage=USAGE),
    ],
    "cut by length": text("And th", finish="length"),
    "filtered": text("And", finish="content_filter"),
    "nothing to say": [chunk(role="assistant", content=""), chunk(finish="stop"), bare(USAGE)],
    "a chunk without choices first": [bare(), *text("late")],
    "several candidates": [
        chunk(content="first"),
        chunk(content="second", index=1),
        chunk(content=" one", index=0),
        chunk(content=" one", index=1, finish="length"),
        chunk(finish="stop", usage=USAGE),
    ],
    "probabilities": [
        chunk(content="a", logprobs=logprob("a")),
        chunk(content="b", logprobs=logprob("b")),
        chunk(finish="stop", usage=USAGE),
    ],
}
"""Replies in full: each says the same streamed and in one piece."""


def folded(chunks: list[Chunk]) -> dict[str, Any]:
    """The same reply in one piece."""
    choices: dict[int, dict[str, Any]] = {}
    usage = None
    for one in chunks:
        usage = one["usage"] or usage
        for choice in one["choices"]:
            _fold(
                choices.setdefault(choice["index"], {"message": {"role": "assistant", "content": None}}),
                choice,
            )
    listed = [{"index": index, "logprobs": None, **choice} for index, choice in sorted(choices.items())]
    return {**_head("chat.completion"), "choices": listed, "usage": usage}


def _fold(whole: dict[str, Any], choice: dict[str, Any]) -> None:
    message = whole["message"]
    whole["finish_reason"] = choice["finish_reason"] or whole.get("finish_reason")
    if choice["logprobs"]:
        kept = whole.setdefault("logprobs", {"content": [], "refusal": None})
        kept["content"] += choice["logprobs"]["content"]
    for key in ("content", "reasoning_content", "refusal"):
        if choice["delta"].get(key):
            message[key] = (message.get(key) or "") + choice["delta"][key]
    for piece in choice["delta"].get("tool_calls", ()):
        calls = message.setdefault("tool_calls", [])
        if piece["index"] == len(calls):
            calls.append({"id": piece["id"], "type": "function", "function": {"name": "", "arguments": ""}})
        for key, value in piece["function"].items():
            calls[piece["index"]]["function"][key] += value

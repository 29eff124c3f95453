"""From what the Responses API answers to messages, whole and in chunks.

Rules for this file:
1. A whole reply is read as a stream of whole items, by the same code, so both give the same message.
2. Text, reasoning, refusals and arguments are given as they come; all else that an item has, when it is done.
3. A block has an `index`: its place in the answer, by which its pieces are added up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn, cast

from eventflow import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    InputTokenDetails,
    OutputTokenDetails,
    UsageMetadata,
    merge_chunks,
    message_chunk_to_message,
    tool_call_chunk,
)
from eventflow_openai.blocks import Block
from eventflow_openai.clients import load_sdk
from eventflow_openai.completions_calls import NOTHING_YET
from eventflow_openai.endpoint import refuse_text
from eventflow_openai.standard import to_standard_blocks

__all__ = ("EventReader", "to_result")

_TOLD = frozenset(
    {
        "id",
        "created_at",
        "model",
        "object",
        "service_tier",
        "status",
        "incomplete_details",
        "metadata",
        "user",
    }
)
"""What of a response is told as metadata of the message."""

_TEXTS = {"output_text": "text", "refusal": "refusal"}
"""Parts of a message, and the key of their text."""


def to_result(response: Any, http_request: Any, *, standard: bool = False) -> ChatResult:
    """A whole reply, an SDK `Response`; see `EventReader` for the arguments.

    Raises openai.APIError if it says that the model has failed, ModelError if it is no reply.
    """
    refuse_text(response)
    reader = EventReader(http_request, standard=standard)
    if response.error is not None or response.status == "failed":
        reader.fail(response.error)
    whole = _joined([*reader.items(response), reader.close_with(response)])
    message = cast(AIMessage, message_chunk_to_message(whole.message))
    return ChatResult([ChatGeneration(message)], {"model_name": response.model})


class EventReader:
    """Makes messages of the events of one reply.

    Arguments:
        http_request: what was asked, for the SDK's exceptions.
        standard: whether messages consist of standard content blocks.
    """

    def __init__(self, http_request: Any, *, standard: bool = False) -> None:
        self._http_request = http_request
        self._standard = standard
        self._id: str | None = None
        self._response: Any = None
        self._places: dict[tuple[int, int], int] = {}  # the index of each block
        self._given: dict[tuple[int, str, int], int] = {}  # how much of each text was given
        self._calls: set[int] = set()  # the calls that have begun
        self._done: set[int] = set()  # the items that are complete
        self._logprobs: list[Any] = []

    def read(self, event: Any) -> ChatGenerationChunk | None:
        """What an SDK `ResponseStreamEvent` says; None if it says nothing that is not kept for the end."""
        handler = self._HANDLERS.get(event.type)
        return None if handler is None else handler(self, event)

    def close(self) -> ChatGenerationChunk:
        """The closing chunk.

        Raises openai.APIConnectionError if the reply has no end.
        """
        if self._response is None:
            raise load_sdk().APIConnectionError(
                message="the stream ended before response.completed", request=self._http_request
            )
        return self.close_with(self._response)

    def close_with(self, response: Any) -> ChatGenerationChunk:
        """The closing chunk: what is said of a reply, an SDK `Response`."""
        metadata = response.model_dump(mode="json", include=_TOLD, exclude_none=True, warnings=False)
        metadata |= {"model_provider": "openai", "model_name": response.model}
        if self._standard:
            metadata["output_version"] = "v1"
        if self._logprobs:
            metadata["logprobs"] = {"content": self._logprobs}
        cut = [self._call(item, {"arguments": NOTHING_YET}) for item in sorted(self._calls - self._done)]
        closing = AIMessageChunk([], id=response.id or self._id, chunk_position="last")
        closing.response_metadata = metadata
        closing.usage_metadata = _usage(response.usage)
        return _joined([*cut, ChatGenerationChunk(closing)])

    def items(self, response: Any) -> list[ChatGenerationChunk]:
        """What of the items of a reply has not been given."""
        self._id = response.id or self._id
        pieces = [
            self._complete(item, output)
            for item, output in enumerate(response.output or ())
            if item not in self._done
        ]
        return [piece for piece in pieces if piece is not None]

    def fail(self, error: Any) -> NoReturn:
        """Raise the SDK's exception for what the provider says went wrong."""
        body: Block = {} if error is None else error.to_dict(mode="json", warnings=False)
        message = body.get("message") or "the provider says that the response failed, and not why"
        raise load_sdk().APIError(message, self._http_request, body=body)

    # ---- what comes piece by piece

    def _fail(self, event: Any) -> NoReturn:
        self.fail(event.response.error)

    def _end(self, event: Any) -> ChatGenerationChunk | None:
        """Keep the whole; of its items give those that did not come one by one."""
        self._response = event.response
        pieces = self.items(event.response)
        return _joined(pieces) if pieces else None

    def _begin(self, event: Any) -> None:
        self._id = event.response.id or None

    def _announce(self, event: Any) -> ChatGenerationChunk | None:
        """The beginning of an item; of a call its name, as that is what consumers wait for."""
        item, output = event.output_index, event.item
        if output.type != "function_call":
            return None
        self._calls.add(item)
        head = {"name": output.name, "call_id": output.call_id, "id": output.id}
        known = {key: value for key, value in head.items() if value is not None}
        return self._call(item, {**known, "arguments": ""}, name=output.name, id=output.call_id)

    def _read_arguments(self, event: Any) -> ChatGenerationChunk:
        self._count(event.output_index, "arguments", 0, event.delta)
        return self._call(event.output_index, {"arguments": event.delta})

    def _read_text(self, event: Any) -> ChatGenerationChunk:
        self._count(event.output_index, "text", event.content_index, event.delta)
        return self._block(event.output_index, event.content_index, {"type": "text", "text": event.delta})

    def _read_refusal(self, event: Any) -> ChatGenerationChunk:
        self._count(event.output_index, "refusal", event.content_index, event.delta)
        return self._block(
            event.output_index, event.content_index, {"type": "refusal", "refusal": event.delta}
        )

    def _read_summary(self, event: Any) -> ChatGenerationChunk:
        self._count(event.output_index, "summary", event.summary_index, event.delta)
        part = {"type": "summary_text", "text": event.delta, "index": event.summary_index}
        return self._block(event.output_index, 0, {"type": "reasoning", "summary": [part]})

    def _read_thought(self, event: Any) -> ChatGenerationChunk:
        self._count(event.output_index, "content", event.content_index, event.delta)
        part = {"type": "reasoning_text", "text": event.delta, "index": event.content_index}
        return self._block(event.output_index, 0, {"type": "reasoning", "content": [part]})

    def _count(self, item: int, key: str, part: int, delta: str) -> None:
        place = (item, key, part)
        self._given[place] = self._given.get(place, 0) + len(delta)

    def _rest(self, item: int, key: str, part: int, text: str | None) -> str:
        """What of a text has not been given."""
        return (text or "")[self._given.get((item, key, part), 0) :]

    # ---- what comes when an item is done

    def _finish(self, event: Any) -> ChatGenerationChunk | None:
        return self._complete(event.output_index, event.item)

    def _complete(self, item: int, output: Any) -> ChatGenerationChunk | None:
        """What of an item has not been given."""
        self._done.add(item)
        said: Block = output.to_dict(mode="json", exclude_none=True, warnings=False)
        if output.type == "message":
            return self._parts(item, said)
        if output.type == "function_call":
            return self._finished_call(item, said)
        if output.type == "custom_tool_call":
            args = json.dumps({"__arg1": said.get("input", "")}, ensure_ascii=False)
            return self._call(item, said, name=said.get("name"), id=said.get("call_id"), args=args)
        if output.type == "reasoning":
            for key in ("summary", "content"):
                if key in said:
                    said[key] = self._texts(item, key, said[key])
        return self._block(item, 0, said)

    def _parts(self, item: int, said: Block) -> ChatGenerationChunk | None:
        head = {key: said[key] for key in ("id", "phase") if key in said}
        blocks: list[Block] = []
        for number, part in enumerate(said.get("content", ())):
            kind = part["type"]
            key = _TEXTS.get(kind) or str(kind)
            self._logprobs += part.pop("logprobs", ())
            block = {**part, **head, "type": key, "index": self._place(item, number)}
            if key in part:
                block[key] = self._rest(item, key, number, part[key])
            blocks.append(block)
        return self._said(blocks) if blocks else None

    def _texts(self, item: int, key: str, parts: list[Block]) -> list[Block]:
        return [
            {**part, "text": self._rest(item, key, number, part.get("text")), "index": number}
            for number, part in enumerate(parts)
        ]

    def _finished_call(self, item: int, said: Block) -> ChatGenerationChunk:
        arguments = said.get("arguments", "")
        rest = self._rest(item, "arguments", 0, arguments)
        if not arguments and said.get("status") == "incomplete":
            rest = NOTHING_YET
        said["arguments"] = rest
        if item not in self._calls:
            return self._call(item, said, name=said.get("name"), id=said.get("call_id"))
        begun = ("type", "name", "call_id", "id")
        return self._call(item, {key: value for key, value in said.items() if key not in begun})

    # ---- chunks

    def _place(self, item: int, part: int = 0) -> int:
        return self._places.setdefault((item, part), len(self._places))

    def _block(self, item: int, part: int, block: Block) -> ChatGenerationChunk:
        block["index"] = self._place(item, part)
        return self._said([block])

    def _call(
        self,
        item: int,
        block: Block,
        *,
        name: str | None = None,
        id: str | None = None,
        args: str | None = None,
    ) -> ChatGenerationChunk:
        place = self._place(item)
        made = self._said([{"type": "function_call", **block, "index": place}])
        args = block["arguments"] if args is None else args
        made.message.tool_call_chunks = [tool_call_chunk(name=name, args=args, id=id, index=place)]
        return made

    def _said(self, blocks: list[Block]) -> ChatGenerationChunk:
        content: list[Any] = to_standard_blocks(blocks) if self._standard else blocks
        return ChatGenerationChunk(AIMessageChunk(content, id=self._id))

    _HANDLERS: ClassVar[Mapping[str, Callable[[Any, Any], ChatGenerationChunk | None]]] = {
        "error": fail,
        "response.completed": _end,
        "response.created": _begin,
        "response.failed": _fail,
        "response.function_call_arguments.delta": _read_arguments,
        "response.incomplete": _end,
        "response.output_item.added": _announce,
        "response.output_item.done": _finish,
        "response.output_text.delta": _read_text,
        "response.reasoning_summary_text.delta": _read_summary,
        "response.reasoning_text.delta": _read_thought,
        "response.refusal.delta": _read_refusal,
    }


def _joined(pieces: list[ChatGenerationChunk]) -> ChatGenerationChunk:
    return ChatGenerationChunk(merge_chunks([cast(AIMessageChunk, piece.message) for piece in pieces]))


def _usage(usage: Any) -> UsageMetadata | None:
    """The token counts of a reply, an SDK `ResponseUsage`, in the standard form; None if it has none."""
    if usage is None:
        return None
    asked, said = usage.input_tokens or 0, usage.output_tokens or 0
    made = UsageMetadata(
        input_tokens=asked, output_tokens=said, total_tokens=usage.total_tokens or asked + said
    )
    cached = getattr(usage.input_tokens_details, "cached_tokens", None)
    if cached is not None:
        made["input_token_details"] = InputTokenDetails(cache_read=cached)
        if written := getattr(usage.input_tokens_details, "cache_write_tokens", None):
            made["input_token_details"]["cache_creation"] = written
    thought = getattr(usage.output_tokens_details, "reasoning_tokens", None)
    if thought is not None:
        made["output_token_details"] = OutputTokenDetails(reasoning=thought)
    return made

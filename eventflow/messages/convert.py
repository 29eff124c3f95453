"""Making messages of what stands for them: text, (role, content) pairs, dictionaries, chunks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

from pydantic_core import core_schema

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import KINDS, BaseMessage, BaseMessageChunk
from eventflow.messages.chat import ChatMessage, ChatMessageChunk
from eventflow.messages.chunks import AIMessageChunk
from eventflow.messages.function import FunctionMessage, FunctionMessageChunk
from eventflow.messages.human import HumanMessage, HumanMessageChunk
from eventflow.messages.prompt_value import PromptValue
from eventflow.messages.system import SystemMessage, SystemMessageChunk
from eventflow.messages.tool import ToolMessage, ToolMessageChunk
from eventflow.messages.tool_calls import parse_tool_calls, provider_chunks

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = (
    "ROLES",
    "AnyMessage",
    "MessageLikeRepresentation",
    "convert_to_messages",
    "message_chunk_to_message",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
)

MessageLikeRepresentation: TypeAlias = BaseMessage | list[str] | tuple[str, Any] | str | dict[str, Any]
"""What `convert_to_messages` makes a message of."""

ROLES = {
    "human": "human",
    "user": "human",
    "ai": "ai",
    "assistant": "ai",
    "system": "system",
    "developer": "system",
    "function": "function",
    "tool": "tool",
    "remove": "remove",
}


class _AnyMessageSchema:
    """Tells pydantic that any message fits, and any dictionary that stands for one."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(
            _from_mapping, handler.generate_schema(BaseMessage)
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"oneOf": [kind.model_json_schema() for kind in KINDS.values()]}


def _from_mapping(value: Any) -> Any:
    return _from_dict(cast("dict[str, Any]", value)) if isinstance(value, dict) else value


AnyMessage = Annotated[
    AIMessage
    | HumanMessage
    | ChatMessage
    | SystemMessage
    | FunctionMessage
    | ToolMessage
    | AIMessageChunk
    | HumanMessageChunk
    | ChatMessageChunk
    | SystemMessageChunk
    | FunctionMessageChunk
    | ToolMessageChunk,
    _AnyMessageSchema(),
]
"""Any message, for annotations; pydantic validates and dumps it by its `type` or `role`."""


def convert_to_messages(
    messages: Iterable[MessageLikeRepresentation] | PromptValue | str,
) -> list[BaseMessage]:
    """Make messages of what stands for them.

    Args:
        messages: A prompt value, one text, or any number of: messages (which stay the objects they are),
            text (a human message), `(role, content)` pairs, and dictionaries with `role` or `type`, and
            `content`. Roles are human, user, ai, assistant, system, developer, function and tool. Keys that
            the message does not know go to `additional_kwargs`. Tool calls may have the form of OpenAI.

    Returns:
        A new list in the same order.

    Raises ValueError if a role is unknown or a dictionary lacks a key, NotImplementedError if something else
    is given (as LangChain does).

    >>> convert_to_messages([("system", "Be brief."), "Hi!", {"role": "assistant", "content": "Hi."}])[2].text
    'Hi.'
    """
    if isinstance(messages, str):
        return [HumanMessage(messages)]
    to_messages = getattr(messages, "to_messages", None)
    if callable(to_messages):
        return cast("list[BaseMessage]", to_messages())
    if isinstance(messages, BaseMessage):
        raise TypeError(f"one {type(messages).__name__} is no list of messages: give [message]")
    return [
        message if isinstance(message, BaseMessage) else _convert(message)
        for message in cast("Iterable[object]", messages)
    ]


def _convert(message: object) -> BaseMessage:
    if isinstance(message, str):
        return HumanMessage(message)
    if isinstance(message, Mapping):
        return _from_dict(cast("Mapping[str, Any]", message))
    if isinstance(message, (list, tuple)):
        pair = cast("Sequence[Any]", message)
        if len(pair) == 2 and isinstance(pair[0], str):
            return _build(pair[0], {"content": pair[1]})
        raise NotImplementedError(
            f"a message as a {type(pair).__name__} must be (role, content), got {pair!r}"
        )
    raise NotImplementedError(
        f"cannot make a message of {type(message).__name__}: give a message, text, (role, content) or a "
        "dictionary with 'role' and 'content'"
    )


def _from_dict(data: Mapping[str, Any]) -> BaseMessage:
    """Read `{"role" or "type", "content", ...}`."""
    fields = dict(data)
    is_chat = fields.get("type") in (ChatMessage.type, ChatMessageChunk.type)
    role = fields.pop("type" if is_chat or "role" not in fields else "role", None)
    if not isinstance(role, str) or "content" not in fields:
        raise ValueError(
            f"a message dictionary needs 'role' (or 'type') and 'content', it has {sorted(data)}"
        )
    return _build(role, fields)


def _build(role: str, fields: dict[str, Any]) -> BaseMessage:
    kind = KINDS.get(ROLES.get(role, role))
    if kind is None or (issubclass(kind, ChatMessage) and "role" not in fields):
        raise ValueError(f"unknown message role {role!r}: use one of {', '.join(map(repr, ROLES))}")
    extra = dict(fields.pop("additional_kwargs", None) or {})
    for name in [name for name in fields if name not in kind.model_fields or name == "type"]:
        extra[name] = fields.pop(name)
    if role == "developer":
        extra["__openai_role__"] = "developer"
    if extra:
        fields["additional_kwargs"] = extra
    if issubclass(kind, AIMessage):
        fields["content"] = fields["content"] or ""
        fields.update(_read_calls(fields))
    return kind.model_validate(fields)


def _read_calls(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Tool calls in the form of OpenAI as ours."""
    calls: list[dict[str, Any]] = fields.get("tool_calls") or []
    parsed = parse_tool_calls(provider_chunks(calls), final=True)
    return {
        "tool_calls": [call for call in calls if "function" not in call] + parsed["tool_calls"],
        "invalid_tool_calls": [*(fields.get("invalid_tool_calls") or []), *parsed["invalid_tool_calls"]],
    }


def message_chunk_to_message(chunk: BaseMessage) -> BaseMessage:
    """Return the message that a chunk is a complete form of; a message is returned as it is.

    Tool calls of an `AIMessage` that comes out are complete: what was cut off is in `invalid_tool_calls`.

    >>> message_chunk_to_message(AIMessageChunk("hi") + AIMessageChunk("!"))
    AIMessage(content='hi!', additional_kwargs={}, response_metadata={}, tool_calls=[], invalid_tool_calls=[])
    """
    return chunk.to_message() if isinstance(chunk, BaseMessageChunk) else chunk


def message_to_dict(message: BaseMessage) -> dict[str, Any]:
    """Return `{"type": ..., "data": ...}`, which `messages_from_dict` reads back.

    >>> message_to_dict(HumanMessage("hi"))["type"]
    'human'
    """
    return {"type": message.type, "data": message.model_dump()}


def messages_to_dict(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Apply `message_to_dict` to each."""
    return [message_to_dict(message) for message in messages]


def messages_from_dict(messages: Sequence[Mapping[str, Any]]) -> list[BaseMessage]:
    """Make messages of what `messages_to_dict` returned.

    Raises ValueError if a type is unknown or the data does not fit.

    >>> messages_from_dict(messages_to_dict([HumanMessage("hi")]))[0].text
    'hi'
    """
    return [_from_typed(message["type"], message["data"]) for message in messages]


def _from_typed(kind: str, data: Mapping[str, Any]) -> BaseMessage:
    known = KINDS.get(kind)
    if known is None:
        raise ValueError(f"unknown message type {kind!r}: use one of {sorted(KINDS)}")
    return known.model_validate(data)

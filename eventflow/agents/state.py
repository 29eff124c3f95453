"""The state of an agent, and how its parts are read whatever class it is of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, Required, cast, get_type_hints

from pydantic import BaseModel, create_model
from typing_extensions import TypedDict

from eventflow.graph import add_messages
from eventflow.graph.managed import RemainingSteps
from eventflow.messages import AIMessage, BaseMessage
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.shapes import is_model

__all__ = (
    "LLM_INPUT",
    "AgentState",
    "AgentStateWithStructuredResponse",
    "keys_of",
    "last_answer",
    "last_message",
    "read",
    "with_input_messages",
    "with_messages",
)

LLM_INPUT = "llm_input_messages"
"""The key under which `pre_model_hook` says what the model is asked, if that is not the conversation."""


class AgentState(TypedDict):
    """A conversation, and how many steps are left to answer in. Add your own keys in a subclass."""

    messages: Required[Annotated[Sequence[BaseMessage], add_messages]]
    remaining_steps: NotRequired[RemainingSteps]


class AgentStateWithStructuredResponse(AgentState):
    """The same with the answer as a value, as `response_format` says."""

    structured_response: Any


def keys_of(schema: Any) -> Mapping[str, Any]:
    """The keys of a state, with their annotations."""
    return get_type_hints(schema, include_extras=True)


def read(state: Any, key: str, default: Any = None) -> Any:
    """One key of a state."""
    if is_mapping(state):
        return state.get(key, default)
    return getattr(state, key, default)


def last_message(state: Any) -> BaseMessage | None:
    """The last message of a state; None if there is none."""
    messages: Sequence[BaseMessage] = read(state, "messages") or ()
    return messages[-1] if messages else None


def last_answer(state: Any) -> AIMessage | None:
    """The last message that a model gave."""
    messages: Sequence[BaseMessage] = read(state, "messages") or ()
    return next((message for message in reversed(messages) if isinstance(message, AIMessage)), None)


def with_messages(state: Any, messages: Any) -> Any:
    """The state with other messages."""
    if is_mapping(state):
        return {**state, "messages": messages}
    if isinstance(state, BaseModel):
        return state.model_copy(update={"messages": messages})
    return dataclasses.replace(state, messages=messages)


def with_input_messages(schema: Any) -> Any:
    """The schema of a state with the key of what the model is asked."""
    hint = list[BaseMessage]
    if is_model(schema):
        fields: dict[str, Any] = {LLM_INPUT: (hint, [])}
        return create_model(f"{schema.__name__}Asked", __base__=schema, **fields)
    if dataclasses.is_dataclass(schema):
        extra = (LLM_INPUT, hint, dataclasses.field(default_factory=list[BaseMessage], kw_only=True))
        return dataclasses.make_dataclass("Asked", [extra], bases=(cast("type[Any]", schema),))
    make: Any = TypedDict  # a type checker wants its keys written out
    return make("Asked", {**keys_of(schema), LLM_INPUT: NotRequired[hint]})

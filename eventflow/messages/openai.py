"""Messages as the dictionaries that OpenAI's chat completions take, which many other providers take, too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, cast

from eventflow.messages.ai import AIMessage
from eventflow.messages.base import BaseMessage
from eventflow.messages.convert import ROLES, MessageLikeRepresentation, convert_to_messages
from eventflow.messages.openai_parts import Part, ToolResult, ToolUse, to_openai_part
from eventflow.messages.prompt_value import PromptValue
from eventflow.messages.roles import openai_role
from eventflow.messages.tool import ToolMessage

__all__ = ("convert_to_openai_messages",)

TextFormat: TypeAlias = Literal["string", "block"]
Content: TypeAlias = str | list[Part]


def convert_to_openai_messages(
    messages: MessageLikeRepresentation | Sequence[MessageLikeRepresentation] | PromptValue,
    *,
    text_format: TextFormat = "string",
    include_id: bool = False,
    pass_through_unknown_blocks: bool = True,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Make dictionaries with `role` and `content` of messages.

    Args:
        messages: One message or several, or what stands for them; with blocks in the form of OpenAI,
            Anthropic, Bedrock, Vertex AI or LangChain.
        text_format: "string" for text as a str, where there is nothing but text, in lines for several blocks;
            "block" for text as blocks always.
        include_id: Whether ids of messages are kept.
        pass_through_unknown_blocks: Whether blocks in no known form stay as they are.

    Returns:
        A list; for a single message the dictionary. Answers of tools that stand in the content of a message
        become messages of their own, before it.

    Raises ValueError if the format is unknown, or a block is: then it says where it stands, and what it lacks.

    >>> convert_to_openai_messages([("system", "Be brief."), "hi"])
    [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'hi'}]
    """
    if text_format not in ("string", "block"):
        raise ValueError(f"Unrecognized text_format={text_format!r}, expected one of 'string' or 'block'.")
    single = _is_single(messages)
    made: list[Part] = []
    for at, message in enumerate(convert_to_messages(_several(messages, single))):
        made += _converted(
            message, f"messages[{at}]", text_format, include_id, strict=not pass_through_unknown_blocks
        )
    return made[0] if single and len(made) == 1 else made


def _is_single(messages: object) -> bool:
    """Whether it stands for one message: a tuple does if it begins with a role, a list never."""
    if isinstance(messages, tuple):
        pair = cast("tuple[object, ...]", messages)
        return len(pair) == 2 and isinstance(pair[0], str) and pair[0] in ROLES
    return isinstance(messages, (str, BaseMessage, dict))


def _several(messages: Any, single: bool) -> Iterable[MessageLikeRepresentation] | PromptValue:
    return [messages] if single else messages


def _converted(
    message: BaseMessage, where: str, text_format: TextFormat, include_id: bool, *, strict: bool
) -> list[Part]:
    """A message, after the answers of tools that stand in it; just those if there is nothing else in it."""
    content, uses, results = _parts(message.content, where, text_format, strict=strict)
    made: Part = {"role": openai_role(message)}
    if message.name:
        made["name"] = message.name
    if isinstance(message, AIMessage):
        made.update(_of_answer(message, uses))
    elif isinstance(message, ToolMessage):
        made["tool_call_id"] = message.tool_call_id
    if include_id and message.id:
        made["id"] = message.id
    made["content"] = content
    if not results:
        return [made]
    inside = f"{where}.tool_result"
    answers: list[Part] = [
        {
            "role": "tool",
            "tool_call_id": result.id,
            "content": _parts(result.content, inside, text_format, strict=strict)[0],
        }
        for result in results
    ]
    return [*answers, made] if content or "tool_calls" in made else answers


def _parts(
    content: str | Sequence[Any], where: str, text_format: TextFormat, *, strict: bool
) -> tuple[Content, Sequence[ToolUse], Sequence[ToolResult]]:
    """What is shown of a content, and the calls and results that stand in it."""
    if isinstance(content, str):
        if text_format == "string":
            return content, (), ()
        return ([{"type": "text", "text": content}] if content else []), (), ()
    parts: list[Part] = []
    uses: list[ToolUse] = []
    results: list[ToolResult] = []
    for at, block in enumerate(content):
        try:
            part = to_openai_part(block, strict=strict)
        except KeyError as error:
            raise _unrecognized(where, at, block, f"is missing expected key {error.args[0]!r}") from None
        except (AttributeError, TypeError):
            raise _unrecognized(where, at, block, "has something else in it than that type has") from None
        except ValueError as error:
            raise _unrecognized(where, at, block, str(error)) from None
        if isinstance(part, ToolUse):
            uses.append(part)
        elif isinstance(part, ToolResult):
            results.append(part)
        else:
            parts.append(part)
    if text_format == "block" or any(part.get("type") != "text" for part in parts):
        return parts, uses, results
    return "\n".join([part["text"] for part in parts]), uses, results


def _unrecognized(where: str, at: int, block: Any, why: str) -> ValueError:
    kind = cast("Part", block).get("type")
    has = f"has 'type': {kind!r} and " if kind else ""
    return ValueError(f"Unrecognized content block at {where}.content[{at}] {has}{why}")


def _of_answer(message: AIMessage, uses: Sequence[ToolUse]) -> Part:
    """What only a model's message has: its calls, those in its content included, and that it refuses."""
    calls = [_call(c["id"], c["name"], c["args"]) for c in (*message.tool_calls, *message.invalid_tool_calls)]
    if uses:
        known = {call["id"] for call in calls}
        calls += [_call(use.id, use.name, use.args) for use in uses if use.id not in known]
    made: Part = {"tool_calls": calls} if calls else {}
    refusal = message.additional_kwargs.get("refusal")
    return {**made, "refusal": refusal} if refusal else made


def _call(id: str | None, name: str | None, args: Any) -> Part:
    arguments = args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)
    return {"type": "function", "id": id, "function": {"name": name, "arguments": arguments}}

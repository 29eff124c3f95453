"""The place of messages that are not known when the prompt is written: a history, a scratchpad."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, Self, cast

from pydantic import Field

from eventflow.messages import AnyMessage, BaseMessage, MessageLikeRepresentation, convert_to_messages
from eventflow.messages.base import title
from eventflow.prompts.base import missing_variables
from eventflow.prompts.chat import BaseMessagePromptTemplate
from eventflow.prompts.formats import PromptTemplateFormat
from eventflow.prompts.pretty import shown

_ONE_BRACE: Final = re.compile(r"\{\s*([^{}]+?)\s*\}")
_TWO_BRACES: Final = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")

__all__ = ("MessagesPlaceholder",)


class MessagesPlaceholder(BaseMessagePromptTemplate):
    """The place in a chat prompt for messages that are an input.

    Args:
        variable_name: The name of that input, a list of messages or of what can be made one.
        optional: It may be missing, then there are none.
        n_messages: Take only the last so many.

    In a chat prompt `("placeholder", "{history}")` is an optional one, and so is
    `("placeholder", ["{history}", True])`; with False it is not.

    >>> MessagesPlaceholder("history", n_messages=1).format_messages(history=[("human", "Hi"), ("ai", "Hello")])
    [AIMessage(content='Hello', additional_kwargs={}, response_metadata={}, tool_calls=[], invalid_tool_calls=[])]
    """

    roles: ClassVar[tuple[str, ...]] = ("placeholder",)

    variable_name: str
    optional: bool = False
    n_messages: Annotated[int, Field(gt=0)] | None = None

    def __init__(
        self, variable_name: str, *, optional: bool = False, n_messages: int | None = None, **kwargs: Any
    ) -> None:
        fields: dict[str, Any] = {
            "variable_name": variable_name,
            "optional": optional,
            "n_messages": n_messages,
        }
        super().__init__(**fields, **kwargs)

    @classmethod
    def from_content(cls, content: Any, template_format: PromptTemplateFormat) -> Self:
        match content:
            case str():
                name, optional = content, True
            case [str() as name, bool() as optional]:
                pass
            case _:
                raise ValueError(
                    f"the content of a placeholder is '{{name}}' or ['{{name}}', is_optional], got {content!r}"
                )
        braced = _ONE_BRACE.fullmatch(name)
        if braced is None and template_format != "f-string":
            braced = _TWO_BRACES.fullmatch(name)
        if braced is None:
            raise ValueError(f"the content of a placeholder is a name in braces, '{{history}}', got {name!r}")
        return cls(braced[1], optional=optional)

    @property
    def input_variables(self) -> list[str]:
        return [] if self.optional else [self.variable_name]

    @property
    def optional_variables(self) -> list[str]:
        return [self.variable_name] if self.optional else []

    @property
    def input_types(self) -> dict[str, Any]:
        return {self.variable_name: list[AnyMessage]}

    def format_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """Return the messages that the input has.

        Raises KeyError if it is missing and not optional, ValueError if it is no list.
        """
        name = self.variable_name
        if name not in kwargs:
            if self.optional:
                return []
            raise missing_variables(type(self).__name__, [name], kwargs)
        messages = kwargs[name]
        if not isinstance(messages, list):
            raise ValueError(
                f"the placeholder {name!r} takes a list of messages, got {type(messages).__name__}"
                f"{': leave it out if there are none' if messages is None else ''}"
            )
        history = cast("list[MessageLikeRepresentation]", messages)
        return convert_to_messages(history if self.n_messages is None else history[-self.n_messages :])

    def pretty_repr(self, html: bool = False) -> str:
        """Return a title and the variable; see `ChatPromptTemplate.pretty_repr`."""
        return f"{title('Messages Placeholder', bold=html)}\n\n{shown(self.variable_name, coloured=html)}"

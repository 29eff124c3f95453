"""Prompts that are messages: what a message template is, and the chat prompt that is made of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self, TypeAlias, cast, overload

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from eventflow.messages import BaseMessage, ChatPromptValue, get_buffer_string
from eventflow.messages.base import install_adder
from eventflow.prompts.base import BasePromptTemplate
from eventflow.prompts.follow import follow_sync
from eventflow.prompts.formats import PromptTemplateFormat
from eventflow.prompts.pretty import given

__all__ = (
    "BaseChatPromptTemplate",
    "BaseMessagePromptTemplate",
    "ChatPromptTemplate",
    "MessageLike",
    "MessageLikeRepresentation",
)


_BY_ROLE: dict[str, type[BaseMessagePromptTemplate]] = {}
"""What `(role, content)` means, by role; the classes that name `roles` enter themselves."""


class BaseMessagePromptTemplate(BaseModel, ABC):
    """Base of what makes some of the messages of a chat prompt.

    A subclass says what `format_messages` returns and which `input_variables` it needs. One that names its
    `roles` is what `(role, content)` means in a chat prompt.

    `template + other` is a chat prompt; `other` is whatever may be in one.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    roles: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        follow_sync(cls)
        for role in cls.__dict__.get("roles", ()):
            _BY_ROLE.setdefault(role, cls)

    @classmethod
    def from_content(cls, content: Any, template_format: PromptTemplateFormat) -> Self:
        """What the content of one of its `roles` means. Raises ValueError if it means nothing."""
        raise ValueError(f"{cls.__name__} cannot be made from a role and {content!r}")

    @property
    @abstractmethod
    def input_variables(self) -> list[str]:
        """The names that it needs."""

    @property
    def optional_variables(self) -> list[str]:
        """The names that it can do without; they stand for no messages then."""
        return []

    @property
    def input_types(self) -> dict[str, Any]:
        """The types of variables that are not text."""
        return {}

    @abstractmethod
    def format_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """Fill in the variables and return the messages. Raises KeyError if one is missing."""

    async def aformat_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """`format_messages` for templates that have to wait; here the same."""
        return self.format_messages(**kwargs)

    def fill_in(self, values: Mapping[str, Any], /) -> list[BaseMessage]:
        """The same as `format_messages`, with the variables as a mapping."""
        return self.format_messages(**values)

    def pretty_repr(self, html: bool = False) -> str:
        """Return it as text, variables in braces; subclasses make it pretty."""
        return repr(self)

    def pretty_print(self) -> None:
        """Print `pretty_repr()`."""
        print(self.pretty_repr())

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return given(self)

    def __add__(self, other: Any) -> ChatPromptTemplate:
        prompt: ChatPromptTemplate = ChatPromptTemplate([self]) + other
        return prompt

    def __radd__(self, other: Any) -> ChatPromptTemplate:
        prompt: ChatPromptTemplate = other + ChatPromptTemplate([self])
        return prompt


class BaseChatPromptTemplate(BasePromptTemplate[str], ABC):
    """Base of prompts that become messages; a subclass says how in `format_messages`."""

    @abstractmethod
    def format_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """Fill in the variables and return the messages."""

    async def aformat_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """`format_messages` for prompts that have to wait; here the same."""
        return self.format_messages(**kwargs)

    def fill_in(self, values: Mapping[str, Any], /) -> list[BaseMessage]:
        """The same as `format_messages`, with the variables as a mapping."""
        return self.format_messages(**values)

    def format_prompt(self, /, **kwargs: Any) -> ChatPromptValue:
        """Fill in the variables and return the messages as a prompt value."""
        return ChatPromptValue(messages=self.format_messages(**kwargs))

    async def aformat_prompt(self, /, **kwargs: Any) -> ChatPromptValue:
        """`format_prompt` for prompts that have to wait: it uses `aformat_messages`."""
        return ChatPromptValue(messages=await self.aformat_messages(**kwargs))

    def format(self, /, **kwargs: Any) -> str:
        """Fill in the variables and return the messages as text, a line with the role before each."""
        return get_buffer_string(self.format_messages(**kwargs))

    async def aformat(self, /, **kwargs: Any) -> str:
        """`format` for prompts that have to wait: it uses `aformat_messages`."""
        return get_buffer_string(await self.aformat_messages(**kwargs))

    def pretty_repr(self, html: bool = False) -> str:
        """Return the messages as text, variables in braces; subclasses make it pretty."""
        return repr(self)

    def pretty_print(self) -> None:
        """Print `pretty_repr()`."""
        print(self.pretty_repr())


MessageLike: TypeAlias = "BaseMessagePromptTemplate | BaseMessage | BaseChatPromptTemplate"
"""What a chat prompt is made of."""

MessageLikeRepresentation: TypeAlias = (
    "MessageLike | str | tuple[str | type[BaseMessage], str | Sequence[Any]] | Mapping[str, Any]"
)
"""What may be written for it: `(role, template)`, `{"role": ..., "content": ...}`, a text of the human."""


class ChatPromptTemplate(BaseChatPromptTemplate):
    """A prompt of several messages.

    Args:
        messages: Each is one of
            `("system", "You speak {language}.")`: a role - system, human or user, ai or assistant - and its
            template, which is text or a list of content blocks with templates in them;
            `("placeholder", "{history}")`: messages that the input may have;
            `{"role": "human", "content": "{question}"}`: the same as a dictionary;
            `"{question}"`: a text of the human;
            a message, used as it is;
            a message template such as `MessagesPlaceholder("history")`, or another chat prompt.
        template_format: "f-string", "mustache" or "jinja2", for the templates among them.
        partial_variables, input_types, name, tags, metadata: As in `BasePromptTemplate`. The variables need not
            be given: they are found in the messages.

    `prompt + other` adds messages; `prompt[1]` is one of `messages`, `prompt[1:]` a prompt of some of them.

    Raises ValueError if a message or template is malformed, NotImplementedError if something is no message at all
    (as LangChain does).

    >>> prompt = ChatPromptTemplate([("system", "You speak {language}."), ("human", "{question}")])
    >>> prompt.input_variables
    ['language', 'question']
    >>> print(prompt.format(language="Dutch", question="Who are you?"))
    System: You speak Dutch.
    Human: Who are you?
    """

    messages: SkipValidation[list[MessageLike]]
    input_variables: list[str] = Field(default_factory=list[str])

    def __init__(
        self,
        messages: Sequence[MessageLikeRepresentation],
        *,
        template_format: PromptTemplateFormat = "f-string",
        **kwargs: Any,
    ) -> None:
        fields: dict[str, Any] = {"messages": _as_messages(messages, template_format)}
        super().__init__(**fields, **kwargs)

    @classmethod
    def from_messages(
        cls,
        messages: Sequence[MessageLikeRepresentation],
        template_format: PromptTemplateFormat = "f-string",
    ) -> Self:
        """Make a prompt of messages; arguments and errors as in the class."""
        return cls(messages, template_format=template_format)

    @classmethod
    def from_template(
        cls,
        template: str,
        *,
        template_format: PromptTemplateFormat = "f-string",
        partial_variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make a prompt of one message of the human.

        Args:
            template: Its template.
            template_format, partial_variables: As in the class.
            **kwargs: name, tags, metadata.
        """
        return cls(
            [template], template_format=template_format, partial_variables=partial_variables or {}, **kwargs
        )

    def _find_variables(self) -> None:
        """Take the variables from the messages; an optional placeholder has no messages unless it is given some."""
        needed: set[str] = set()
        optional: set[str] = set()
        types: dict[str, Any] = {}
        for message in self.messages:
            if isinstance(message, BaseMessage):
                continue
            needed.update(message.input_variables)
            types.update(message.input_types)
            if isinstance(message, BaseMessagePromptTemplate):
                optional.update(message.optional_variables)
        self.partial_variables = {**{name: [] for name in sorted(optional)}, **self.partial_variables}
        self.optional_variables = sorted(optional)
        self.input_variables = sorted(needed - self.partial_variables.keys())
        self.input_types = {**types, **self.input_types}

    def format_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """Fill in the variables and return the messages.

        Raises KeyError if one is missing, ValueError if that of a placeholder is no list of messages.
        """
        values = self._merge_partial_and_user_variables(**kwargs) if self.partial_variables else kwargs
        messages: list[BaseMessage] = []
        for message in self.messages:
            if isinstance(message, BaseMessage):
                messages.append(message)
            else:
                messages += message.fill_in(values)
        return messages

    async def aformat_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """`format_messages` for templates that have to wait."""
        values = self._merge_partial_and_user_variables(**kwargs) if self.partial_variables else kwargs
        messages: list[BaseMessage] = []
        for message in self.messages:
            if isinstance(message, BaseMessage):
                messages.append(message)
            else:
                messages += await message.aformat_messages(**values)
        return messages

    def partial(self, /, **kwargs: Any) -> Self:
        """Return a prompt that has these variables already; see `BasePromptTemplate.partial`."""
        partial = super().partial(**kwargs)
        partial.messages = [*self.messages]
        return partial

    def append(self, message: MessageLikeRepresentation) -> None:
        """Add a message at the end, and its variables; in place."""
        self.extend([message])

    def extend(self, messages: Sequence[MessageLikeRepresentation]) -> None:
        """Add messages at the end, and their variables; in place."""
        self.messages = [*self.messages, *_as_messages(messages)]
        self._find_variables()

    def pretty_repr(self, html: bool = False) -> str:
        """Return the messages as text, each under a title, variables as their names in braces.

        Args:
            html: Print titles in bold and variables in colour (terminal escapes, as LangChain does in spite of
                the name).

        >>> print(ChatPromptTemplate([("human", "Who is {name}?")]).pretty_repr())
        ================================ Human Message =================================
        <BLANKLINE>
        Who is {name}?
        """
        return "\n\n".join([message.pretty_repr(html=html) for message in self.messages])

    def __add__(self, other: Any) -> Self:
        if isinstance(other, ChatPromptTemplate):
            return self._with([*self.messages, *other.messages], other.partial_variables)
        if (more := _operand(other)) is None:
            return NotImplemented
        return self._with([*self.messages, *_as_messages(more)])

    def __radd__(self, other: Any) -> Self:
        if (more := _operand(other)) is None:
            return NotImplemented
        return self._with([*_as_messages(more), *self.messages])

    def __len__(self) -> int:
        return len(self.messages)

    @overload
    def __getitem__(self, index: int) -> MessageLike: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> MessageLike | Self:
        return self._with(self.messages[index]) if isinstance(index, slice) else self.messages[index]

    def _with(self, messages: list[MessageLike], partial_variables: Mapping[str, Any] | None = None) -> Self:
        """The same prompt with other messages, and more partial variables."""
        partial_variables = {**self.partial_variables, **(partial_variables or {})}
        prompt = self.model_copy(update={"messages": messages, "partial_variables": partial_variables})
        prompt._find_variables()
        return prompt


def _operand(other: object) -> Sequence[MessageLikeRepresentation] | None:
    """The messages that a prompt and `other` add up with; None if it is nothing of the kind."""
    if isinstance(other, (str, Mapping, BaseMessage, BaseMessagePromptTemplate, BaseChatPromptTemplate)):
        return [cast("MessageLikeRepresentation", other)]
    if isinstance(other, (list, tuple)):
        several = cast("Sequence[MessageLikeRepresentation]", other)
        one = isinstance(other, tuple) and len(several) == 2 and str(several[0]) in _BY_ROLE
        return [cast("MessageLikeRepresentation", other)] if one else several
    return None


def _as_messages(
    messages: Sequence[MessageLikeRepresentation], template_format: PromptTemplateFormat = "f-string"
) -> list[MessageLike]:
    if isinstance(messages, (str, Mapping)):
        raise TypeError(
            f"expected a list of messages, got {messages!r}: write ChatPromptTemplate([...]), or "
            "ChatPromptTemplate.from_template(text) for one text of the human"
        )
    return [_as_message(message, template_format) for message in messages]


def _as_message(message: MessageLikeRepresentation, template_format: PromptTemplateFormat) -> MessageLike:
    if isinstance(message, (BaseMessagePromptTemplate, BaseMessage, BaseChatPromptTemplate)):
        return message
    role: Any
    content: Any
    if isinstance(message, str):
        role, content = "human", message
    elif isinstance(message, Mapping):
        if set(message) != {"role", "content"}:
            raise ValueError(f"a message as a dictionary has the keys 'role' and 'content', got {message!r}")
        role, content = message["role"], message["content"]
    elif isinstance(message, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]
        if len(message) != 2:
            raise ValueError(f"a message as a tuple is (role, template), got {message!r}")
        role, content = message
    else:
        raise NotImplementedError(  # as LangChain does
            f"{type(message).__name__} is no message of a chat prompt: use (role, template), a text, a message "
            "or a message template"
        )
    return _kind_of(role).from_content(content, template_format)


def _kind_of(role: Any) -> type[BaseMessagePromptTemplate]:
    """The template class of a role, or of a class of messages."""
    if isinstance(role, type) and issubclass(role, BaseMessage):
        role = role.type
    if not isinstance(role, str) or role not in _BY_ROLE:
        roles = ", ".join(map(repr, sorted(_BY_ROLE)))
        raise ValueError(f"Unexpected message type {role!r} in a chat prompt: use one of {roles}")
    return _BY_ROLE[role]


def _added(message: BaseMessage, other: Any) -> ChatPromptTemplate:
    prompt: ChatPromptTemplate = ChatPromptTemplate([message]) + other
    return prompt


install_adder(_added)

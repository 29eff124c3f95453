"""Templates of one message: of the human, the AI, the system, or of a role of one's own."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, TypeAlias

from pydantic import Field

from eventflow.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage
from eventflow.messages.base import title
from eventflow.prompts.chat import BaseMessagePromptTemplate
from eventflow.prompts.dict import DictPromptTemplate
from eventflow.prompts.follow import follow
from eventflow.prompts.formats import PromptTemplateFormat
from eventflow.prompts.string import PromptTemplate, StringPromptTemplate

__all__ = (
    "AIMessagePromptTemplate",
    "BaseStringMessagePromptTemplate",
    "ChatMessagePromptTemplate",
    "HumanMessagePromptTemplate",
    "SystemMessagePromptTemplate",
)

Content: TypeAlias = "str | list[str | dict[str, Any]]"


class BaseStringMessagePromptTemplate(BaseMessagePromptTemplate, ABC):
    """Base of templates of one message.

    Args:
        prompt: The prompt of its text, or of each of its content blocks.
        additional_kwargs: Those of the message.
    """

    message_type: ClassVar[type[BaseMessage]]
    """The class of the message."""

    prompt: StringPromptTemplate | list[StringPromptTemplate | DictPromptTemplate]
    additional_kwargs: dict[str, Any] = Field(default_factory=dict[str, Any])

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        follow(cls, "fill_in", ["format", "format_messages"], BaseMessagePromptTemplate.fill_in)

    @classmethod
    def from_template(
        cls,
        template: str | Sequence[str | Mapping[str, Any]],
        template_format: PromptTemplateFormat = "f-string",
        *,
        partial_variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make one from a template, or from a list of content blocks with templates in them.

        Args:
            template: Text, or a list of text and blocks such as `{"type": "text", "text": "{question}"}` and
                `{"type": "image_url", "image_url": {"url": "{url}"}}`. All texts in a block are templates.
            template_format: "f-string", "mustache" or "jinja2".
            partial_variables: Values that the input need not have; for a text only.
            **kwargs: The other fields: additional_kwargs, and what the class adds.

        Raises ValueError if a template is malformed, or something is neither text nor block.
        """
        if isinstance(template, str):
            text = PromptTemplate.from_template(
                template, template_format=template_format, partial_variables=partial_variables
            )
            return cls(prompt=text, **kwargs)
        if not isinstance(template, (list, tuple)):
            raise ValueError(f"a message template is text or a list of blocks, got {template!r}")
        if partial_variables:
            raise ValueError(
                "a list of blocks takes no partial_variables: give them to the chat prompt it is part of"
            )
        return cls(prompt=[_block(block, template_format) for block in template], **kwargs)

    @classmethod
    def from_content(cls, content: Any, template_format: PromptTemplateFormat) -> Self:
        """What the content of one of its `roles` means: see `from_template`."""
        return cls.from_template(content, template_format)

    @property
    def input_variables(self) -> list[str]:
        """The names that it needs, sorted."""
        return sorted({name for prompt in self._prompts() for name in prompt.input_variables})

    def format(self, /, **kwargs: Any) -> BaseMessage:
        """Fill in the variables and return the message; empty texts in a list are left out.

        Raises KeyError if a variable is missing.
        """
        return BaseStringMessagePromptTemplate.fill_in(self, kwargs)[0]

    async def aformat(self, /, **kwargs: Any) -> BaseMessage:
        """`format` for prompts that have to wait."""
        prompt = self.prompt
        if not isinstance(prompt, list):
            return self._message(await prompt.aformat(**kwargs))
        return self._message(_content([await part.aformat(**kwargs) for part in prompt]))

    def format_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """The message of `format`, in a list."""
        return [self.format(**kwargs)]

    def fill_in(self, values: Mapping[str, Any], /) -> list[BaseMessage]:
        """The same as `format_messages`, with the variables as a mapping."""
        prompt = self.prompt
        if isinstance(prompt, list):
            return [self._message(_content([part.fill_in(values) for part in prompt]))]
        return [self._message(prompt.fill_in(values))]

    async def aformat_messages(self, /, **kwargs: Any) -> list[BaseMessage]:
        """The message of `aformat`, in a list."""
        return [await self.aformat(**kwargs)]

    def pretty_repr(self, html: bool = False) -> str:
        """Return a title and the template; see `ChatPromptTemplate.pretty_repr`."""
        name = type(self).__name__.removesuffix("MessagePromptTemplate")
        body = "\n\n".join([prompt.pretty_repr(html) for prompt in self._prompts()])
        return f"{title(f'{name} Message', bold=html)}\n\n{body}"

    def _message(self, content: Content) -> BaseMessage:
        if self.additional_kwargs:
            return self.message_type(content, additional_kwargs={**self.additional_kwargs})
        return self.message_type(content)

    def _prompts(self) -> Sequence[StringPromptTemplate | DictPromptTemplate]:
        return self.prompt if isinstance(self.prompt, list) else [self.prompt]


def _block(
    block: str | Mapping[str, Any], template_format: PromptTemplateFormat
) -> StringPromptTemplate | DictPromptTemplate:
    """The prompt of one content block."""
    if isinstance(block, str):
        return PromptTemplate.from_template(block, template_format=template_format)
    if not isinstance(block, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"a content block is text or a dictionary, got {block!r}")
    if block.keys() <= {"type", "text"} and isinstance(block.get("text"), str):
        return PromptTemplate.from_template(block["text"], template_format=template_format)
    template = dict(block)
    if template.get("type") == "image_url":
        image = template.get("image_url")
        if isinstance(image, str):
            template["image_url"] = {"url": image}
        elif not isinstance(image, Mapping) or "url" not in image:
            raise ValueError(f"an image block has {{'image_url': {{'url': ...}}}}, got {block!r}")
    return DictPromptTemplate(template=template, template_format=template_format)


def _content(blocks: Sequence[str | dict[str, Any]]) -> Content:
    """Blocks as they stand in a message: texts as blocks of text, but none that is empty."""
    return [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks if block]


class HumanMessagePromptTemplate(BaseStringMessagePromptTemplate):
    """The template of a message of the human; arguments as in `BaseStringMessagePromptTemplate`.

    >>> HumanMessagePromptTemplate.from_template("Who is {name}?").format(name="Ann").content
    'Who is Ann?'
    """

    roles: ClassVar[tuple[str, ...]] = ("human", "user")
    message_type: ClassVar[type[BaseMessage]] = HumanMessage


class AIMessagePromptTemplate(BaseStringMessagePromptTemplate):
    """The template of a message of the AI; arguments as in `BaseStringMessagePromptTemplate`."""

    roles: ClassVar[tuple[str, ...]] = ("ai", "assistant")
    message_type: ClassVar[type[BaseMessage]] = AIMessage


class SystemMessagePromptTemplate(BaseStringMessagePromptTemplate):
    """The template of a message of the system; arguments as in `BaseStringMessagePromptTemplate`."""

    roles: ClassVar[tuple[str, ...]] = ("system",)
    message_type: ClassVar[type[BaseMessage]] = SystemMessage


class ChatMessagePromptTemplate(BaseStringMessagePromptTemplate):
    """The template of a message of any role; arguments as in `BaseStringMessagePromptTemplate`, and `role`.

    >>> ChatMessagePromptTemplate.from_template("{question}?", role="judge").format(question="Why")
    ChatMessage(content='Why?', additional_kwargs={}, response_metadata={}, role='judge')
    """

    message_type: ClassVar[type[BaseMessage]] = ChatMessage

    role: str

    def _message(self, content: Content) -> BaseMessage:
        return ChatMessage(content, role=self.role, additional_kwargs={**self.additional_kwargs})

"""What all messages have: content, metadata, name and id; how they print, compare and become dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from eventflow.handing import keep_promise
from eventflow.messages.blocks import from_content
from eventflow.messages.checks import (
    CONTENT,
    ID,
    MAPPING,
    NULLABLE_STRING,
    STRING,
    Content,
    optional_text,
    required_text,
)
from eventflow.messages.content import ContentBlock
from eventflow.messages.merge import best_id, merge_content, merge_dicts
from eventflow.messages.model import REQUIRED, Field, Model, lazy

__all__ = ("KINDS", "BaseMessage", "BaseMessageChunk", "install_adder", "title")


KINDS: dict[str, type[BaseMessage]] = {}
"""The kinds of messages by their `type`; subclasses enter themselves."""


_adders: list[Callable[[BaseMessage, Any], Any]] = []


def install_adder(adder: Callable[[BaseMessage, Any], Any]) -> None:
    """Hand in what `message + other` makes: prompts live above messages, and do so when they are imported."""
    _adders[:] = [adder]


class BaseMessage(Model):
    """Base of all messages.

    Args:
        content: Text, or a list of text and content blocks (dictionaries).
        content_blocks: Content as standard blocks, instead of `content`.
        id: Who made the message may give it an id; numbers become text.
        name: Who says it.
        additional_kwargs: What a provider sends beside the content.
        response_metadata: Model name, finish reason, log probabilities and the like.
        **extra: Kept as attributes and in dumps.

    Messages are plain objects, not pydantic models, because making one must cost next to nothing. They can
    be fields of pydantic models all the same; a dictionary becomes the kind of message its `type` names.

    Raises ValueError if a field has the wrong type or the content is missing.

    >>> message = BaseMessage("hi", type="greeting", id=7)
    >>> message.text, message.id
    ('hi', '7')
    """

    model_fields: ClassVar[Mapping[str, Field]] = {
        "content": CONTENT,
        "additional_kwargs": MAPPING,
        "response_metadata": MAPPING,
        "type": Field(REQUIRED, required_text, STRING),
        "name": Field(None, optional_text, NULLABLE_STRING),
        "id": ID,
    }

    content: Content
    type: str
    additional_kwargs: dict[Any, Any] = lazy(lambda _: {})
    response_metadata: dict[Any, Any] = lazy(lambda _: {})
    name: str | None = None
    id: str | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            content: str | Sequence[str | dict[Any, Any]] | None = None,
            content_blocks: Sequence[ContentBlock] | None = None,
            *,
            id: str | int | None = None,
            name: str | None = None,
            additional_kwargs: Mapping[Any, Any] = ...,
            response_metadata: Mapping[Any, Any] = ...,
            **extra: Any,
        ) -> None: ...

    else:
        # The same with the rare arguments gathered: naming each costs a third of the time of making a message.
        def __init__(self, content=None, content_blocks=None, *, id=None, **rest):
            attributes = self.__dict__
            if content_blocks is not None:
                self._assign_blocks(content_blocks)
            elif type(content) is str:
                attributes["content"] = content
            else:
                self._assign({"content": content})
            if id is not None:
                if type(id) is str:
                    attributes["id"] = id
                else:
                    self._assign({"id": id})
            if rest:
                self._assign(rest)

    def __add__(self, other: Any) -> Any:
        """A chat prompt of this message and `other`, as LangChain makes one."""
        if not _adders:
            keep_promise("adder of messages")
        return _adders[0](self, other) if _adders else NotImplemented

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type" in cls.__dict__:
            KINDS.setdefault(cls.type, cls)

    def _assign_blocks(self, blocks: Sequence[ContentBlock]) -> None:
        self._assign({"content": blocks})

    @classmethod
    def _from_mapping(cls, data: Mapping[str, Any]) -> Self:
        """Build the kind of message that `type` names; a class that is a kind itself needs no `type`."""
        kind = KINDS.get(data.get("type", ""), cls)
        if kind is BaseMessage and "type" not in data:
            raise ValueError(f"a dictionary needs a 'type' to become a message, one of {sorted(KINDS)}")
        return (kind if issubclass(kind, cls) else cls)._from_fields(data)

    @property
    def text(self) -> str:
        """The text of the content: the str itself, or the text blocks of a list joined."""
        content = self.content
        if isinstance(content, str):
            return content
        return "".join(
            [
                block if isinstance(block, str) else block["text"]
                for block in content
                if isinstance(block, str)
                or (block.get("type") == "text" and isinstance(block.get("text"), str))
            ]
        )

    @property
    def content_blocks(self) -> list[ContentBlock]:
        """The content as standard blocks, whatever provider's form it has; unknown ones are `non_standard`."""
        return from_content(self.content)

    def pretty_repr(self, html: bool = False) -> str:
        """Return a title line and the content.

        Args:
            html: Print the title in bold (terminal escapes, as LangChain does in spite of the name).

        >>> print(BaseMessage("hi", type="human").pretty_repr())
        ================================ Human Message =================================
        <BLANKLINE>
        hi
        """
        heading = title(f"{self.type.title()} Message", bold=html)
        if self.name is not None:
            heading += f"\nName: {self.name}"
        return f"{heading}\n\n{self.content}"

    def pretty_print(self) -> None:
        """Print `pretty_repr()`."""
        print(self.pretty_repr())


class BaseMessageChunk(BaseMessage):
    """A piece of a message; pieces are added with `+`."""

    def __add__(self, other: Any) -> BaseMessageChunk:
        """Add a chunk, or a list of chunks, and get a chunk of the same class as the left one.

        Raises TypeError if `other` is something else.
        """
        if isinstance(other, BaseMessageChunk):
            return self._joined([other])
        if isinstance(other, (list, tuple)):
            given = cast("Sequence[object]", other)
            others = [chunk for chunk in given if isinstance(chunk, BaseMessageChunk)]
            if len(others) == len(given):
                return self._joined(others)
        right = type(cast("object", other)).__name__
        raise TypeError(f'unsupported operand type(s) for +: "{type(self).__name__}" and "{right}"')

    def _joined(self, others: Sequence[BaseMessageChunk]) -> Self:
        """The sum, with `_kept` telling what a class adds to the common fields."""
        chunks: list[BaseMessageChunk] = [self, *others]
        return type(self)(
            content=merge_content(*[chunk.content for chunk in chunks]),
            id=best_id(chunk.id for chunk in chunks),
            name=next((chunk.name for chunk in chunks if chunk.name is not None), None),
            additional_kwargs=merge_dicts(*[chunk.additional_kwargs for chunk in chunks]),
            response_metadata=merge_dicts(*[chunk.response_metadata for chunk in chunks]),
            **self._kept(others),
        )

    def _kept(self, others: Sequence[BaseMessageChunk]) -> dict[str, Any]:
        return {}

    def _settled(self) -> dict[str, Any]:
        """The attributes, none of them pending."""
        return self.__dict__

    def __setattr__(self, name: str, value: Any) -> None:
        # Sums hold the attributes of their parts: give this chunk its own before one changes.
        object.__setattr__(self, "__dict__", self.__dict__.copy())
        object.__setattr__(self, name, value)

    def to_message(self) -> BaseMessage:
        """Return the message that this chunk is a complete form of."""
        kind = next(base for base in _mro(self) if not issubclass(base, BaseMessageChunk))
        message = object.__new__(kind)
        message.__dict__.update(self._whole())
        return message

    def _whole(self) -> dict[str, Any]:
        """The fields of the message that this chunk is a complete form of."""
        return {
            name: value.copy() if isinstance(value, (dict, list)) else value
            for name, value in self._settled().items()
            if not name.startswith("_")
        }


def _mro(message: BaseMessage) -> Sequence[type[BaseMessage]]:
    return type(message).__mro__


def title(text: str, *, bold: bool = False) -> str:
    """Centre a title in a line of 80 `=`."""
    padded = f" {text} "
    bar = "=" * ((80 - len(padded)) // 2)
    right = f"{bar}=" if len(padded) % 2 else bar
    if bold:
        padded = f"\x1b[1m{padded}\x1b[0m"
    return f"{bar}{padded}{right}"

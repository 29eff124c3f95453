"""`Document`: a text with metadata, as retrievers find it and prompts show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ("Document",)


class Document(BaseModel):
    """A text with metadata.

    Arguments:
        page_content: the text.
        id: what it is called where it is stored; numbers become text.
        metadata: where it comes from and the like.

    It is a pydantic model, like LangChain's: `model_dump` gives plain data that `model_validate` reads back.

    Raises pydantic.ValidationError, which is a ValueError, if a field has the wrong type.

    >>> document = Document("Parrots talk.", metadata={"page": 7})
    >>> document
    Document(metadata={'page': 7}, page_content='Parrots talk.')
    >>> Document.model_validate(document.model_dump()) == document
    True
    """

    model_config = ConfigDict(defer_build=True)

    id: str | None = Field(default=None, coerce_numbers_to_str=True)
    metadata: dict[Any, Any] = Field(default_factory=dict[Any, Any])
    page_content: str
    type: Literal["Document"] = "Document"

    if TYPE_CHECKING:

        def __init__(
            self, page_content: str, *, id: str | int | None = None, metadata: dict[Any, Any] = ...
        ) -> None: ...

    else:

        def __init__(self, page_content, **fields):
            super().__init__(page_content=page_content, **fields)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        if self.id is not None:
            yield "id", self.id
        yield "metadata", self.metadata
        yield "page_content", self.page_content

    def __str__(self) -> str:
        """The text and the metadata, if there is any; not the id, for prompts often hold documents as text.

        >>> print(Document("Parrots talk.", id="1", metadata={"page": 7}))
        page_content='Parrots talk.' metadata={'page': 7}
        """
        content = f"page_content='{self.page_content}'"  # without escapes: it is for a model to read
        return f"{content} metadata={self.metadata}" if self.metadata else content

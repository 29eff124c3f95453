"""A document as text, by a prompt: its text and its metadata are the variables."""

from __future__ import annotations

from typing import Any

from eventflow.documents import Document
from eventflow.prompts import BasePromptTemplate

__all__ = ("aformat_document", "format_document")


def format_document(doc: Document, prompt: BasePromptTemplate[str]) -> str:
    """Fill in a prompt with what a document says.

    Arguments:
        doc: its text is the variable `page_content`, its metadata are the others.
        prompt: what its text is to look like.

    Raises ValueError if the prompt has variables that the metadata have not.

    >>> from eventflow import PromptTemplate
    >>> cited = PromptTemplate.from_template("[{page}] {page_content}")
    >>> format_document(Document("Parrots talk.", metadata={"page": 7}), cited)
    '[7] Parrots talk.'
    """
    return prompt.format(**_values(doc, prompt))


async def aformat_document(doc: Document, prompt: BasePromptTemplate[str]) -> str:
    """`format_document` for prompts that have to wait."""
    return await prompt.aformat(**_values(doc, prompt))


def _values(doc: Document, prompt: BasePromptTemplate[str]) -> dict[str, Any]:
    """The variables of the prompt; the text of the document is one, whatever its metadata say."""
    known = {**doc.metadata, "page_content": doc.page_content}
    missing = [name for name in prompt.input_variables if name not in known]
    if missing:
        raise ValueError(
            f"Document prompt requires documents to have metadata variables: {prompt.input_variables}. Received "
            f"document with missing metadata: {missing}; it has {list(doc.metadata)}"
        )
    return {name: known[name] for name in prompt.input_variables}

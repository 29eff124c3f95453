"""A retriever as a tool that a model can call."""

from __future__ import annotations

from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from eventflow.documents import Document
from eventflow.prompts import BasePromptTemplate, PromptTemplate
from eventflow.retrievers.base import BaseRetriever
from eventflow.retrievers.format import aformat_document, format_document
from eventflow.tools import StructuredTool

__all__ = ("create_retriever_tool",)


class _Query(BaseModel):
    """What a model says to look something up."""

    model_config = ConfigDict(defer_build=True, title="RetrieverInput")

    query: str = Field(description="query to look up in retriever")


def create_retriever_tool(
    retriever: BaseRetriever,
    name: str,
    description: str,
    *,
    document_prompt: BasePromptTemplate[str] | None = None,
    document_separator: str = "\n\n",
    response_format: Literal["content", "content_and_artifact"] = "content",
) -> StructuredTool:
    """A tool that looks something up: it takes a query and gives the texts of the documents.

    Arguments:
        retriever: what finds the documents; its run is a child of the tool's.
        name, description: what the model is told of the tool.
        document_prompt: what each document is to look like; just its text unless given.
        document_separator: what is put between them.
        response_format: "content_and_artifact" for the documents as the `artifact` of the `ToolMessage`, too.

    Raises TypeError if `retriever` is none.

    >>> from eventflow.retrievers import BM25Retriever
    >>> birds = BM25Retriever.from_texts(["Parrots talk.", "Owls hoot."], k=1)
    >>> create_retriever_tool(birds, "birds", "Looks up birds.").invoke("What do owls do?")
    'Owls hoot.'
    """
    if not isinstance(cast("object", retriever), BaseRetriever):
        raise TypeError(f"create_retriever_tool() takes a retriever, not {type(retriever).__name__}")
    prompt = PromptTemplate.from_template("{page_content}") if document_prompt is None else document_prompt

    def answer(texts: list[str], documents: list[Document]) -> Any:
        content = document_separator.join(texts)
        return content if response_format == "content" else (content, documents)

    def look_up(query: str) -> Any:
        documents = retriever.invoke(query)
        return answer([format_document(document, prompt) for document in documents], documents)

    async def alook_up(query: str) -> Any:
        documents = await retriever.ainvoke(query)
        return answer([await aformat_document(document, prompt) for document in documents], documents)

    return StructuredTool(
        name=name,
        description=description,
        func=look_up,
        coroutine=alook_up,
        args_schema=_Query,
        response_format=response_format,
    )

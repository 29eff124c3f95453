"""`BaseRetriever`: a question in, documents out, as the life of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from inspect import signature
from typing import Any, ClassVar, Final

from eventflow.documents import Document
from eventflow.events import Kind
from eventflow.retrievers.manager import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from eventflow.runnables import RunnableSerializable
from eventflow.runnables.seam import in_thread
from eventflow.runs import Run

__all__ = ("BaseRetriever",)

_HOOKS: Final = ("_get_relevant_documents", "_aget_relevant_documents")


class BaseRetriever(RunnableSerializable[str, list[Document]], ABC):
    """Base of retrievers; a subclass says in `_get_relevant_documents` which documents answer a question.

    In async code that is called in a worker thread, unless the subclass has `_aget_relevant_documents`, too, or
    says `blocking = False`. Either may take `run_manager`, and arguments that are given to `invoke`.

    Arguments:
        tags, metadata: of its runs.

    Its runs are of the kind `retriever`: events show the question as `{"query": ...}` and the documents as
    output, and the metadata have `ls_retriever_name`.

    >>> class Dictionary(BaseRetriever):
    ...     words: dict[str, str]
    ...     def _get_relevant_documents(self, query, *, run_manager):
    ...         return [Document(text) for word, text in self.words.items() if word in query]
    >>> Dictionary(words={"owl": "A bird."}).invoke("What is an owl?")
    [Document(metadata={}, page_content='A bird.')]
    """

    kind: ClassVar[Kind] = "retriever"

    _managed: ClassVar[bool] = False
    """Whether `_get_relevant_documents` takes a `run_manager`."""

    _amanaged: ClassVar[bool] = False
    """Whether `_aget_relevant_documents` takes one."""

    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        above = next(c for c in cls.__mro__ if not c.__dict__.keys().isdisjoint(_HOOKS))
        if _HOOKS[1] not in above.__dict__:  # the hook of the nearest class wins
            cls._aget_relevant_documents = BaseRetriever._aget_relevant_documents  # type: ignore[method-assign]
        cls._managed = "run_manager" in signature(cls._get_relevant_documents).parameters
        cls._amanaged = "run_manager" in signature(cls._aget_relevant_documents).parameters

    # ---- what a subclass says

    @abstractmethod
    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        """Find the documents that answer `query`, the best ones first."""

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        """The same in async code; by default `_get_relevant_documents`."""
        if self._managed:
            kwargs["run_manager"] = run_manager.get_sync()
        if self.blocking:
            return await in_thread(self._get_relevant_documents, query, **kwargs)
        return self._get_relevant_documents(query, **kwargs)

    def _get_ls_params(self, **kwargs: Any) -> Mapping[str, Any]:
        """What the metadata of its runs say of it."""
        name = self.get_name()
        short = name.removeprefix("Retriever")
        return {"ls_retriever_name": (name.removesuffix("Retriever") if short == name else short).lower()}

    # ---- its run

    def run_tags(self) -> tuple[str, ...]:
        return tuple(self.tags or ())

    def run_metadata(self) -> Mapping[str, Any]:
        return {**self._get_ls_params(), **(self.metadata or {})}

    def event_input(self, input: Any) -> Any:
        return {"query": input}

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> list[Document]:
        if self._managed:
            kwargs["run_manager"] = CallbackManagerForRetrieverRun(run)
        return self._get_relevant_documents(_query(input), **kwargs)

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> list[Document]:
        if self._amanaged:
            kwargs["run_manager"] = AsyncCallbackManagerForRetrieverRun(run)
        return await self._aget_relevant_documents(_query(input), **kwargs)


def _query(input: object) -> str:
    """The question. Raises TypeError if it is no text."""
    if isinstance(input, str):
        return input
    raise TypeError(
        f"a retriever takes the text of a question, not {type(input).__name__}: put what picks it in front, such "
        'as itemgetter("question")'
    )

"""`BM25Retriever`: finds documents in memory by the words that they share with the question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, PrivateAttr

from eventflow.documents import Document
from eventflow.retrievers.base import BaseRetriever
from eventflow.retrievers.index import WordIndex
from eventflow.retrievers.manager import CallbackManagerForRetrieverRun
from eventflow.retrievers.words import words_of

__all__ = ("BM25Retriever",)


class BM25Retriever(BaseRetriever):
    """Finds documents by words, best first; needs no model, no server and no package.

    The documents are indexed when it is made. A question then costs time for the documents that share words
    with it only. Documents that share none are not found, however many were asked for.

    Arguments:
        docs: the documents.
        k: how many to find at most.
        preprocess_func: makes words of a text, and of a question; unless given, that works for any script.
        bm25_params: `k1`, how much repetition counts (1.5), and `b`, how much length counts against (0.75).

    Raises TypeError if `bm25_params` have anything else.

    >>> birds = BM25Retriever.from_texts(["Parrots talk.", "Owls hoot.", "Owls hunt."], k=1)
    >>> birds.invoke("Which bird can hunt?")
    [Document(metadata={}, page_content='Owls hunt.')]
    """

    blocking: ClassVar[bool] = False

    docs: list[Document] = Field(repr=False)
    k: int = Field(default=4, ge=0)
    preprocess_func: Callable[[str], list[str]] = Field(default=words_of, exclude=True, repr=False)
    bm25_params: dict[str, float] = Field(default_factory=dict[str, float])

    _index: WordIndex = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Index the documents."""
        texts = (self.preprocess_func(document.page_content) for document in self.docs)
        self._index = WordIndex(texts, **self.bm25_params)

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        metadatas: Iterable[Mapping[Any, Any]] | None = None,
        ids: Iterable[str | None] | None = None,
        bm25_params: Mapping[str, float] | None = None,
        preprocess_func: Callable[[str], list[str]] = words_of,
        **kwargs: Any,
    ) -> Self:
        """Make one of texts.

        Arguments:
            texts: what is to be found.
            metadatas, ids: of each text.
            bm25_params, preprocess_func: as in the class.
            kwargs: the other fields: k, tags, metadata, name.

        Raises ValueError if there are more or fewer metadatas or ids than texts, TypeError if `texts` is one text.
        """
        if isinstance(texts, str):
            raise TypeError("texts is one text: give a list of texts, [text]")
        given = [*texts]
        nothing: Mapping[Any, Any] = {}
        abouts = [nothing] * len(given) if metadatas is None else [*metadatas]
        names = [None] * len(given) if ids is None else [*ids]
        for what, have in (("metadatas", abouts), ("ids", names)):
            if len(have) != len(given):
                raise ValueError(f"{len(have)} {what} for {len(given)} texts: give one each")
        documents = [
            Document(text, metadata={**about}, id=name)
            for text, about, name in zip(given, abouts, names, strict=True)
        ]
        return cls.from_documents(
            documents, bm25_params=bm25_params, preprocess_func=preprocess_func, **kwargs
        )

    @classmethod
    def from_documents(
        cls,
        documents: Iterable[Document],
        *,
        bm25_params: Mapping[str, float] | None = None,
        preprocess_func: Callable[[str], list[str]] = words_of,
        **kwargs: Any,
    ) -> Self:
        """Make one of documents; arguments as in `from_texts`."""
        return cls(
            docs=[*documents],
            preprocess_func=preprocess_func,
            bm25_params={**(bm25_params or {})},
            **kwargs,
        )

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [self.docs[place] for place in self._index.best(self.preprocess_func(query), self.k)]

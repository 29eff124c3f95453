"""From a question to documents."""

from eventflow.retrievers.base import BaseRetriever
from eventflow.retrievers.bm25 import BM25Retriever
from eventflow.retrievers.format import aformat_document, format_document
from eventflow.retrievers.manager import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from eventflow.retrievers.tool import create_retriever_tool

__all__ = (
    "AsyncCallbackManagerForRetrieverRun",
    "BM25Retriever",
    "BaseRetriever",
    "CallbackManagerForRetrieverRun",
    "aformat_document",
    "create_retriever_tool",
    "format_document",
)

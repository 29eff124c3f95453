"""Callbacks: handler objects in LangChain's manner, as subscribers of one run and everything below it."""

from eventflow.callbacks.async_handlers import AsyncCallbackHandler
from eventflow.callbacks.handlers import BaseCallbackHandler
from eventflow.callbacks.listeners import RunRecord, listener_receiver
from eventflow.callbacks.printing import StdOutCallbackHandler, StreamingStdOutCallbackHandler
from eventflow.callbacks.receiver import handler_receiver
from eventflow.callbacks.usage import UsageMetadataCallbackHandler

__all__ = (
    "AsyncCallbackHandler",
    "BaseCallbackHandler",
    "RunRecord",
    "StdOutCallbackHandler",
    "StreamingStdOutCallbackHandler",
    "UsageMetadataCallbackHandler",
    "handler_receiver",
    "listener_receiver",
)

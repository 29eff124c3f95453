"""Chat models: messages in, a message out, whole or in chunks; a base for providers, and models that play a script."""

from eventflow.models.answers import LanguageModelInput, agenerate_from_stream, generate_from_stream
from eventflow.models.base import BaseChatModel
from eventflow.models.fakes import (
    FakeChatModel,
    FakeListChatModel,
    FakeListChatModelError,
    FakeMessagesListChatModel,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.models.params import LangSmithParams
from eventflow.models.scripted import ScriptedCall, ScriptedChatModel
from eventflow.models.simple import SimpleChatModel

__all__ = (
    "AsyncCallbackManagerForLLMRun",
    "BaseChatModel",
    "CallbackManagerForLLMRun",
    "FakeChatModel",
    "FakeListChatModel",
    "FakeListChatModelError",
    "FakeMessagesListChatModel",
    "GenericFakeChatModel",
    "LangSmithParams",
    "LanguageModelInput",
    "ParrotFakeChatModel",
    "ScriptedCall",
    "ScriptedChatModel",
    "SimpleChatModel",
    "agenerate_from_stream",
    "generate_from_stream",
)

"""Chat models and text models, their caches and rate limits; a base for providers, and models that play a script."""

from eventflow.models.answers import LanguageModelInput, agenerate_from_stream, generate_from_stream
from eventflow.models.base import BaseChatModel
from eventflow.models.caches import BaseCache, InMemoryCache, get_llm_cache, set_llm_cache
from eventflow.models.clients import ClientsPerLoop
from eventflow.models.configurable import ConfigurableChatModel
from eventflow.models.fake_llms import FakeListLLM, FakeListLLMError, FakeStreamingListLLM
from eventflow.models.fakes import (
    FakeChatModel,
    FakeListChatModel,
    FakeListChatModelError,
    FakeMessagesListChatModel,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)
from eventflow.models.init import init_chat_model
from eventflow.models.language import BaseLanguageModel
from eventflow.models.llms import LLM, BaseLLM
from eventflow.models.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from eventflow.models.params import LangSmithParams
from eventflow.models.rate_limiters import BaseRateLimiter, InMemoryRateLimiter
from eventflow.models.registry import (
    ChatModelFactory,
    ChatModelRegistration,
    chat_model_providers,
    register_chat_model,
)
from eventflow.models.scripted import ScriptedCall, ScriptedChatModel
from eventflow.models.simple import SimpleChatModel
from eventflow.models.sqlite_cache import SQLiteCache
from eventflow.models.structured import structured_output, text_parser, tools_parser

__all__ = (
    "LLM",
    "AsyncCallbackManagerForLLMRun",
    "BaseCache",
    "BaseChatModel",
    "BaseLLM",
    "BaseLanguageModel",
    "BaseRateLimiter",
    "CallbackManagerForLLMRun",
    "ChatModelFactory",
    "ChatModelRegistration",
    "ClientsPerLoop",
    "ConfigurableChatModel",
    "FakeChatModel",
    "FakeListChatModel",
    "FakeListChatModelError",
    "FakeListLLM",
    "FakeListLLMError",
    "FakeMessagesListChatModel",
    "FakeStreamingListLLM",
    "GenericFakeChatModel",
    "InMemoryCache",
    "InMemoryRateLimiter",
    "LangSmithParams",
    "LanguageModelInput",
    "ParrotFakeChatModel",
    "SQLiteCache",
    "ScriptedCall",
    "ScriptedChatModel",
    "SimpleChatModel",
    "agenerate_from_stream",
    "chat_model_providers",
    "generate_from_stream",
    "get_llm_cache",
    "init_chat_model",
    "register_chat_model",
    "set_llm_cache",
    "structured_output",
    "text_parser",
    "tools_parser",
)

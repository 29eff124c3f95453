"""Counting the tokens of all models in a run."""

from __future__ import annotations

import threading
from typing import Any

from eventflow.callbacks.handlers import BaseCallbackHandler
from eventflow.messages import AIMessage, ChatGeneration, LLMResult, UsageMetadata, add_usage

__all__ = ("UsageMetadataCallbackHandler",)


class UsageMetadataCallbackHandler(BaseCallbackHandler):
    """Adds up the token counts of chat models, by model name, in `usage_metadata`.

    As in LangChain a model counts only if its answer says how it is called (`model_name` in
    `response_metadata`). May be used for several runs at once.
    """

    def __init__(self) -> None:
        self.usage_metadata: dict[str, UsageMetadata] = {}
        self._adding = threading.Lock()

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        generation = response.generations[0][0] if response.generations and response.generations[0] else None
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if not isinstance(message, AIMessage) or message.usage_metadata is None:
            return
        if model := message.response_metadata.get("model_name"):
            with self._adding:
                self.usage_metadata[model] = add_usage(self.usage_metadata.get(model), message.usage_metadata)

    def __repr__(self) -> str:
        return str(self.usage_metadata)

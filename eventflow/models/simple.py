"""`SimpleChatModel`: a chat model whose whole answer is one text."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from eventflow.messages import AIMessage, BaseMessage, ChatGeneration, ChatResult
from eventflow.models.base import BaseChatModel
from eventflow.models.manager import CallbackManagerForLLMRun

__all__ = ("SimpleChatModel",)


class SimpleChatModel(BaseChatModel):
    """Base of chat models that answer with text: override `_call`.

    >>> class Shout(SimpleChatModel):
    ...     def _call(self, messages, stop=None, run_manager=None, **kwargs):
    ...         return messages[-1].text.upper()
    >>> Shout().invoke("hello").text
    'HELLO'
    """

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self._call(messages, stop=stop, run_manager=run_manager, **kwargs)
        return ChatResult([ChatGeneration(AIMessage(text))])

    @abstractmethod
    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Answer `messages` with a text."""

"""OpenAI's chat models, and those of every server that speaks the same protocol, on the official SDK."""

from eventflow_openai.chat import ChatOpenAI
from eventflow_openai.structured import OpenAIRefusalError

__all__ = ("ChatOpenAI", "OpenAIRefusalError")

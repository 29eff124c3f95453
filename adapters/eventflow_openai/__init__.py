"""OpenAI's chat models, and those of every server that speaks the same protocol, on the official SDK."""

from eventflow_openai.chat import ChatOpenAI

__all__ = ("ChatOpenAI",)

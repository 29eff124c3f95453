"""Anthropic's chat models on the official SDK."""

from eventflow_anthropic.chat import ChatAnthropic

__all__ = ("ChatAnthropic",)

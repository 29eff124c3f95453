"""Conversations that are kept, and cut to what is wanted of them."""

from eventflow.history.base import BaseChatMessageHistory, InMemoryChatMessageHistory
from eventflow.history.filter import filter_messages
from eventflow.history.runs import merge_message_runs
from eventflow.history.session import GetSessionHistory, RunnableWithMessageHistory
from eventflow.history.trim import TokenCounter, trim_messages

__all__ = (
    "BaseChatMessageHistory",
    "GetSessionHistory",
    "InMemoryChatMessageHistory",
    "RunnableWithMessageHistory",
    "TokenCounter",
    "filter_messages",
    "merge_message_runs",
    "trim_messages",
)

"""Graphs: nodes that share a state, and run step by step."""

from eventflow.graph import data as data
from eventflow.graph.builder import StateGraph
from eventflow.graph.compiled import CompiledStateGraph
from eventflow.graph.constants import END, START, TAG_HIDDEN, TAG_NOSTREAM
from eventflow.graph.interrupts import Interrupt, interrupt
from eventflow.graph.messages import REMOVE_ALL_MESSAGES, MessagesState, add_messages
from eventflow.graph.retries import RetryPolicy, default_retry_on
from eventflow.graph.runtime import Runtime, get_runtime, get_store
from eventflow.graph.snapshot import PregelTask, StateSnapshot
from eventflow.graph.types import Command, Overwrite, Send, StreamWriter
from eventflow.graph.writer import get_config, get_stream_writer

__all__ = (
    "END",
    "REMOVE_ALL_MESSAGES",
    "START",
    "TAG_HIDDEN",
    "TAG_NOSTREAM",
    "Command",
    "CompiledStateGraph",
    "Interrupt",
    "MessagesState",
    "Overwrite",
    "PregelTask",
    "RetryPolicy",
    "Runtime",
    "Send",
    "StateGraph",
    "StateSnapshot",
    "StreamWriter",
    "add_messages",
    "default_retry_on",
    "get_config",
    "get_runtime",
    "get_store",
    "get_stream_writer",
    "interrupt",
)

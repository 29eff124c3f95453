"""Graphs: nodes that share a state, and run step by step."""

from eventflow.graph.builder import StateGraph
from eventflow.graph.compiled import CompiledStateGraph
from eventflow.graph.constants import END, START, TAG_HIDDEN, TAG_NOSTREAM
from eventflow.graph.interrupts import Interrupt, interrupt
from eventflow.graph.snapshot import PregelTask, StateSnapshot
from eventflow.graph.types import Command, Overwrite, RetryPolicy, Send, StreamWriter
from eventflow.graph.writer import get_config, get_stream_writer

__all__ = (
    "END",
    "START",
    "TAG_HIDDEN",
    "TAG_NOSTREAM",
    "Command",
    "CompiledStateGraph",
    "Interrupt",
    "Overwrite",
    "PregelTask",
    "RetryPolicy",
    "Send",
    "StateGraph",
    "StateSnapshot",
    "StreamWriter",
    "get_config",
    "get_stream_writer",
    "interrupt",
)

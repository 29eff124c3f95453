"""Graphs: nodes that share a state, and run step by step."""

from eventflow.graph import data as data
from eventflow.graph.builder import StateGraph
from eventflow.graph.cache import BaseNodeCache, CachePolicy, InMemoryNodeCache
from eventflow.graph.compiled import CompiledStateGraph
from eventflow.graph.constants import END, START, TAG_HIDDEN, TAG_NOSTREAM
from eventflow.graph.functional import TaskFunction, TaskFuture, entrypoint, task
from eventflow.graph.handle import (
    AsyncGraphRunStream,
    AsyncSubgraphRunStream,
    GraphRunStream,
    SubgraphRunStream,
)
from eventflow.graph.handling import NodeError
from eventflow.graph.interrupts import Interrupt, interrupt
from eventflow.graph.managed import IsLastStep, RemainingSteps
from eventflow.graph.messages import REMOVE_ALL_MESSAGES, MessagesState, add_messages
from eventflow.graph.parts import (
    CheckpointPayload,
    CheckpointTask,
    DebugPayload,
    GraphOutput,
    StreamPart,
    TaskPayload,
    TaskResultPayload,
    ToolPart,
    ValuesStreamPart,
)
from eventflow.graph.pushing import push_message
from eventflow.graph.retries import RetryPolicy, default_retry_on
from eventflow.graph.runtime import Runtime, get_runtime, get_store
from eventflow.graph.snapshot import PregelTask, StateSnapshot
from eventflow.graph.timeouts import TimeoutPolicy
from eventflow.graph.tokens import apush_token, push_token
from eventflow.graph.types import Command, Overwrite, Send, StreamWriter
from eventflow.graph.workflow import Workflow
from eventflow.graph.writer import get_config, get_stream_writer

__all__ = (
    "END",
    "REMOVE_ALL_MESSAGES",
    "START",
    "TAG_HIDDEN",
    "TAG_NOSTREAM",
    "AsyncGraphRunStream",
    "AsyncSubgraphRunStream",
    "BaseNodeCache",
    "CachePolicy",
    "CheckpointPayload",
    "CheckpointTask",
    "Command",
    "CompiledStateGraph",
    "DebugPayload",
    "GraphOutput",
    "GraphRunStream",
    "InMemoryNodeCache",
    "Interrupt",
    "IsLastStep",
    "MessagesState",
    "NodeError",
    "Overwrite",
    "PregelTask",
    "RemainingSteps",
    "RetryPolicy",
    "Runtime",
    "Send",
    "StateGraph",
    "StateSnapshot",
    "StreamPart",
    "StreamWriter",
    "SubgraphRunStream",
    "TaskFunction",
    "TaskFuture",
    "TaskPayload",
    "TaskResultPayload",
    "TimeoutPolicy",
    "ToolPart",
    "ValuesStreamPart",
    "Workflow",
    "add_messages",
    "apush_token",
    "default_retry_on",
    "entrypoint",
    "get_config",
    "get_runtime",
    "get_store",
    "get_stream_writer",
    "interrupt",
    "push_message",
    "push_token",
    "task",
)

"""Every exception that eventflow raises of its own accord.

    EventflowError
    ├── MissingDependencyError (ImportError)   an extra is not installed
    ├── AsyncOnlyError (TypeError)             a sync verb on a runnable that can only be awaited
    ├── NoRunError (RuntimeError)              something that needs a run was used outside one
    ├── LifecycleError (RuntimeError)          a run was started or ended twice
    ├── SubscriptionError (TypeError)          a subscriber was refused at the door
    ├── BufferOverflowError (RuntimeError)     a buffer with policy "error" was full
    ├── PluginError (RuntimeError)             an entry point could not be loaded
    ├── CodecError (ValueError)                a value cannot be kept as data, or what was kept cannot be read
    ├── NodeTimeoutError                       a node of a graph took longer than its timeout allows
    ├── CheckpointError (RuntimeError)         checkpoints cannot be read or written
    ├── JsonStreamError (ValueError)           a text is not JSON, as far as it goes
    │   ├── JsonTruncatedError                 it ended too early
    │   └── JsonLimitError                     it is too deep or too long
    ├── InvalidNamespaceError (ValueError)     a store cannot have items in such a namespace
    ├── OutputParserException (ValueError)     a model's answer is not what the parser expects
    └── ModelError (ValueError)                a model broke its own contract (no chunks, no generations)

Errors of providers' SDKs are passed on as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

__all__ = (
    "AsyncOnlyError",
    "BufferOverflowError",
    "CheckpointError",
    "CodecError",
    "EmptyInputError",
    "EventflowError",
    "GraphInterrupt",
    "GraphRecursionError",
    "InvalidNamespaceError",
    "InvalidUpdateError",
    "JsonLimitError",
    "JsonStreamError",
    "JsonTruncatedError",
    "LifecycleError",
    "MissingDependencyError",
    "ModelError",
    "NoRunError",
    "NodeTimeoutError",
    "OutputParserException",
    "ParentCommand",
    "PluginError",
    "SubscriptionError",
)


class EventflowError(Exception):
    """Base of the errors that eventflow itself raises."""


class MissingDependencyError(EventflowError, ImportError):
    """An optional package is missing.

    >>> str(MissingDependencyError("ChatOpenAI", package="openai", extra="openai"))
    "ChatOpenAI needs the package 'openai', which is not installed: pip install 'eventflow[openai]'"
    """

    def __init__(self, what: str, *, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {package!r}, which is not installed: pip install 'eventflow[{extra}]'"
        )


class AsyncOnlyError(EventflowError, TypeError):
    """A sync verb was called on a runnable that can only be awaited; nothing has been run."""


class NoRunError(EventflowError, RuntimeError):
    """Something that belongs to a run was used where no run is current."""


class LifecycleError(EventflowError, RuntimeError):
    """A run was started twice, or told of a second end."""


class SubscriptionError(EventflowError, TypeError):
    """A subscriber, filter or policy was refused when it was handed in."""


class BufferOverflowError(EventflowError, RuntimeError):
    """A bounded buffer whose policy is `error` was full; `lost` events were not delivered."""

    def __init__(self, message: str, *, lost: int) -> None:
        super().__init__(message)
        self.lost = lost


class PluginError(EventflowError, RuntimeError):
    """A plugin could not be loaded; the others were."""


class CodecError(EventflowError, ValueError):
    """A value cannot be kept as data, or what was kept cannot be read."""


class CheckpointError(EventflowError, RuntimeError):
    """Checkpoints cannot be read or written: the database is damaged, of a newer version, or cannot be had."""


class JsonStreamError(EventflowError, ValueError):
    """A text cannot be JSON, however it goes on.

    `offset` counts the characters before the first one that is wrong; `line` and `column` count from 1.
    """

    def __init__(self, message: str, *, offset: int, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column}, character {offset})")
        self.offset = offset
        self.line = line
        self.column = column


class JsonTruncatedError(JsonStreamError):
    """The text was JSON as far as it went, and ended before the value was complete."""


class JsonLimitError(JsonStreamError):
    """The text may be JSON, but nests deeper, or is longer, than is allowed."""


class InvalidNamespaceError(EventflowError, ValueError):
    """A store cannot have items in such a namespace."""


class OutputParserException(EventflowError, ValueError):
    """A parser could not read a model's answer.

    `llm_output` is the text that was refused; `observation` is what may be sent back to the model.
    """

    def __init__(
        self,
        error: str | Exception,
        observation: str | None = None,
        llm_output: str | None = None,
        send_to_llm: bool = False,
    ) -> None:
        super().__init__(error)
        if send_to_llm and (observation is None or llm_output is None):
            raise ValueError("send_to_llm=True needs both observation= and llm_output=")
        self.observation = observation
        self.llm_output = llm_output
        self.send_to_llm = send_to_llm


class ModelError(EventflowError, ValueError):
    """A model gave back nothing, or something that is not a message."""


class InvalidUpdateError(EventflowError):
    """A node wrote what its graph's state cannot take."""


class EmptyInputError(EventflowError):
    """A graph was called without an input, and has nothing to go on with."""


class GraphRecursionError(EventflowError, RecursionError):
    """A graph took as many steps as `recursion_limit` allows, and had more to do."""


class GraphInterrupt(EventflowError):
    """A node waits for an answer: raised by `interrupt`, and handled by the graph.

    `interrupts` says what is asked.
    """

    def __init__(self, interrupts: Sequence[object] = ()) -> None:
        super().__init__(tuple(interrupts))
        self.interrupts = tuple(interrupts)


class NodeTimeoutError(EventflowError):
    """A node took longer than its timeout allows; it was cancelled. No TimeoutError, so that retries try it again.

    Arguments:
        node: which node.
        elapsed: how long it took, in seconds.
        kind: which of its timeouts it was: "run" or "idle".
        idle_timeout, run_timeout: what its timeouts are; None if it has none of that kind.
    """

    def __init__(
        self,
        node: str,
        elapsed: float,
        *,
        kind: Literal["idle", "run"],
        idle_timeout: float | None = None,
        run_timeout: float | None = None,
    ) -> None:
        self.node = node
        self.elapsed = elapsed
        self.kind = kind
        self.idle_timeout = idle_timeout
        self.run_timeout = run_timeout
        self.timeout = run_timeout if kind == "run" else idle_timeout
        without = "" if kind == "run" else " without making progress"
        super().__init__(
            f"Node '{node}' exceeded its {kind} timeout of {self.timeout or 0:.3f}s{without} "
            f"(elapsed: {elapsed:.3f}s)."
        )


class ParentCommand(EventflowError):
    """A node tells the graph around its own where to go on: `Command(graph=Command.PARENT)` on its way up.

    Seen by users only where there is no graph around.
    """

    def __init__(self, command: object) -> None:
        super().__init__(f"there is no graph around this one to carry out {command!r}")
        self.command = command

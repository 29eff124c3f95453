"""Runnables: units of work that can be run, streamed, batched, watched and composed."""

from eventflow.runnables.base import Runnable, RunnableLike
from eventflow.runnables.binding import RunnableBinding
from eventflow.runnables.branch import RunnableBranch
from eventflow.runnables.compose import coerce_to_runnable
from eventflow.runnables.configurable import (
    DynamicRunnable,
    RunnableConfigurableAlternatives,
    RunnableConfigurableFields,
)
from eventflow.runnables.each import RunnableEach
from eventflow.runnables.fallbacks import RunnableWithFallbacks
from eventflow.runnables.fields import (
    AnyConfigurableField,
    ConfigurableField,
    ConfigurableFieldMultiOption,
    ConfigurableFieldSingleOption,
    ConfigurableFieldSpec,
)
from eventflow.runnables.function import RunnableLambda, chain
from eventflow.runnables.generator import RunnableGenerator
from eventflow.runnables.handle import AsyncRunStream, RunStream
from eventflow.runnables.handle_messages import AsyncChatModelStream, ChatModelStream
from eventflow.runnables.parallel import RunnableMap, RunnableParallel
from eventflow.runnables.passthrough import RunnableAssign, RunnablePassthrough, RunnablePick
from eventflow.runnables.retry import RunnableRetry
from eventflow.runnables.router import RouterInput, RouterRunnable
from eventflow.runnables.sequence import RunnableSequence
from eventflow.runnables.serializable import RunnableSerializable
from eventflow.runnables.unknown import refuse_unknown

__all__ = (
    "AnyConfigurableField",
    "AsyncChatModelStream",
    "AsyncRunStream",
    "ChatModelStream",
    "ConfigurableField",
    "ConfigurableFieldMultiOption",
    "ConfigurableFieldSingleOption",
    "ConfigurableFieldSpec",
    "DynamicRunnable",
    "RouterInput",
    "RouterRunnable",
    "RunStream",
    "Runnable",
    "RunnableAssign",
    "RunnableBinding",
    "RunnableBranch",
    "RunnableConfigurableAlternatives",
    "RunnableConfigurableFields",
    "RunnableEach",
    "RunnableGenerator",
    "RunnableLambda",
    "RunnableLike",
    "RunnableMap",
    "RunnableParallel",
    "RunnablePassthrough",
    "RunnablePick",
    "RunnableRetry",
    "RunnableSequence",
    "RunnableSerializable",
    "RunnableWithFallbacks",
    "chain",
    "coerce_to_runnable",
    "refuse_unknown",
)

"""Handlers as receivers of the bus: `handler_receiver`, and what it shares with listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from types import FunctionType, MethodType
from typing import Any, Final, TypeAlias

from eventflow.bus import Emitter, ScopedReceiver, report_failure
from eventflow.bus.signals import is_coroutine_callable
from eventflow.callbacks.async_handlers import AsyncCallbackHandler
from eventflow.callbacks.awaiting import CallQueue
from eventflow.callbacks.handlers import BaseCallbackHandler
from eventflow.callbacks.hooks import HOOKS, NEVER_CALLED, Arguments, described, transcript_start
from eventflow.errors import SubscriptionError
from eventflow.events import Event, Kind, Phase
from eventflow.events.notices import Notice

__all__ = ("CallingReceiver", "handler_receiver")

Call: TypeAlias = Callable[[Event], object]
Place: TypeAlias = tuple[Phase, Kind]

_CHAT: Final[Place] = ("start", "chat_model")
_IGNORED_BY: Final = {hook.method: hook.ignored_by for hook in HOOKS.values()}
_METHODS: Final = (*_IGNORED_BY, *NEVER_CALLED)

_PLACEHOLDERS: Final = frozenset(
    getattr(base, method) for base in (BaseCallbackHandler, AsyncCallbackHandler) for method in _METHODS
)


class CallingReceiver:
    """A receiver that calls user code: sync functions at once, coroutine functions one after the other.

    As soon as one of the functions is known to be a coroutine function, all calls wait for those before
    them, so that order is kept between functions of both kinds.
    """

    def __init__(self, functions: Iterable[object], phases: Iterable[Phase]) -> None:
        self.direct: Callable[[Emitter, Event], None] | None = None
        self._awaits = any(_is_awaited(function) for function in functions)
        # Who starts first tells on which loop to await, so a start is asked about even where it is not wanted.
        self.phases: frozenset[Phase] = frozenset({*phases, "start"} if self._awaits else phases)
        self._queue = CallQueue(self.failed)

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        """Whether the user's code is to be told of `phase` of `run`."""
        if self._awaits:
            self._queue.move_in()
        return self.calls_for(run, phase) and not isinstance(name, Notice)

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        if self._awaits:
            self._queue.put(event, partial(self.tell, event))
            return
        result = self.tell(event)
        # A sync function may return a coroutine, which nobody could know before.
        if result is not None and isawaitable(result):
            self._awaits = True
            self._queue.put(event, lambda: result)

    def for_scope(self) -> CallingReceiver:
        """Another one that calls the same; several runs, as of a batch, may be given one config."""
        raise NotImplementedError

    def calls_for(self, run: Emitter, phase: Phase) -> bool:
        """Whether there is something to call for `phase` of `run`."""
        raise NotImplementedError

    def tell(self, event: Event) -> object:
        """Call the user's code."""
        raise NotImplementedError

    def failed(self, event: Event, error: Exception) -> None:
        """Say that the user's code raised `error` at `event`."""
        raise NotImplementedError

    def settle(self) -> None:
        """Return when everything that was told has been handled; raises what `failed` raised meanwhile."""
        self._queue.settle()

    async def asettle(self) -> None:
        """The same from a coroutine."""
        await self._queue.asettle()


def _is_awaited(function: object) -> bool:
    if isinstance(function, (FunctionType, MethodType)):
        return iscoroutinefunction(function)
    return is_coroutine_callable(function)


class _HandlerReceiver(CallingReceiver):
    """Tells one handler of all runs in a scope."""

    def __init__(self, handler: object) -> None:
        self._handler = handler
        self._methods = _methods(handler)
        self._calls = _calls(handler, self._methods)
        super().__init__(self._methods.values(), {phase for phase, _ in self._calls})

    def for_scope(self) -> CallingReceiver:
        return _HandlerReceiver(self._handler)

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        super().__call__(sender, event=described(sender, event) if event.phase == "start" else event)

    def calls_for(self, run: Emitter, phase: Phase) -> bool:
        return (phase, run.kind) in self._calls

    def tell(self, event: Event) -> object:
        return self._calls[event.phase, event.info.kind](event)

    def failed(self, event: Event, error: Exception) -> None:
        if getattr(self._handler, "raise_error", False):
            raise error
        method = HOOKS[event.phase, event.info.kind].method
        report_failure(self._methods.get(method) or self._methods["on_llm_start"], event, error)


def handler_receiver(handler: object) -> ScopedReceiver:
    """What tells `handler`, any object with some of LangChain's callback methods, of the runs in a scope.

    Arguments:
        handler: see `BaseCallbackHandler`; or what `listener_receiver` made.

    Returns:
        A receiver of its own, for one scope.

    Raises SubscriptionError if `handler` is a class, or has none of the methods.

    >>> handler_receiver(print)
    Traceback (most recent call last):
        ...
    eventflow.errors.SubscriptionError: <built-in function print> is no callback handler: ...
    """
    if isinstance(handler, CallingReceiver):
        return handler.for_scope()
    if isinstance(handler, type):
        raise SubscriptionError(f"{handler.__name__} is a class: give an instance, {handler.__name__}()")
    if not any(callable(getattr(handler, method, None)) for method in _METHODS):
        raise SubscriptionError(
            f"{handler!r} is no callback handler: it has none of the methods {', '.join(_METHODS)}. "
            "Inherit from BaseCallbackHandler, or use subscribe() to have a function told of events"
        )
    return _HandlerReceiver(handler)


def _methods(handler: object) -> dict[str, Callable[..., Any]]:
    """The methods of `handler` that do something and are not turned off."""
    found: dict[str, Callable[..., Any]] = {}
    for name, ignored_by in _IGNORED_BY.items():
        method: object = getattr(handler, name, None)
        if callable(method) and not _does_nothing(method) and not getattr(handler, ignored_by, False):
            found[name] = method
    return found


def _does_nothing(method: object) -> bool:
    """Whether `method` is the one that a base class has; LangChain's handlers work here, too, and cost no more."""
    function: object = getattr(method, "__func__", method)
    if not isinstance(function, FunctionType):
        return False
    return function in _PLACEHOLDERS or function.__module__ == "langchain_core.callbacks.base"


def _calls(handler: object, methods: dict[str, Callable[..., Any]]) -> dict[Place, Call]:
    calls = {
        place: _call(methods[hook.method], hook.arguments)
        for place, hook in HOOKS.items()
        if hook.method in methods
    }
    if "on_llm_start" in methods and not getattr(handler, "ignore_chat_model", False):
        transcript = _call(methods["on_llm_start"], transcript_start)
        chat = methods.get("on_chat_model_start")
        calls[_CHAT] = transcript if chat is None else _either(chat, calls[_CHAT], transcript)
    return calls


def _call(method: Callable[..., Any], arguments: Callable[[Event], Arguments]) -> Call:
    def call(event: Event) -> object:
        by_place, by_name = arguments(event)
        return method(*by_place, **by_name)

    return call


def _either(method: Callable[..., Any], first: Call, second: Call) -> Call:
    """`first`, and if that raises NotImplementedError (LangChain's way of declining) `second`."""

    def call(event: Event) -> object:
        try:
            return first(event)
        except NotImplementedError:
            return second(event)

    async def acall(event: Event) -> None:
        try:
            result = first(event)
            if isawaitable(result):
                await result
        except NotImplementedError:
            result = second(event)
            if isawaitable(result):
                await result

    return acall if _is_awaited(method) else call

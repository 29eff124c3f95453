"""Methods that say the same in another form follow the one that a subclass overrides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

__all__ = ("follow", "follow_sync")

_SYNC: Final = ("format", "format_messages", "format_prompt")


def follow(cls: type, follower: str, leaders: Iterable[str], method: Callable[..., Any]) -> None:
    """Where `cls` or a class near it overrides a leader, and the follower only further up, make it `method`.

    For `__init_subclass__`. It is how a class can have a fast or an async form of a method, and a subclass
    needs to override the plain form only.

    Args:
        cls: The new class.
        follower: The name of the method that calls the leaders in its general form.
        leaders: Their names.
        method: That general form.
    """
    at = _depth(cls, follower)
    if any(_depth(cls, leader) < at for leader in leaders):
        setattr(cls, follower, method)


def follow_sync(cls: type) -> None:
    """Make `aformat`, `aformat_messages` and `aformat_prompt` follow `format`, `format_messages`, `format_prompt`."""
    for name in _SYNC:
        follow(cls, f"a{name}", [name], _awaitable(name))


def _awaitable(name: str) -> Callable[..., Awaitable[Any]]:
    async def method(self: Any, /, **kwargs: Any) -> Any:
        return getattr(self, name)(**kwargs)

    method.__name__ = f"a{name}"
    method.__doc__ = f"`{name}` for callers that await it."
    return method


def _depth(cls: type, name: str) -> float:
    """How far up `name` is defined; infinitely far if nowhere."""
    return next((at for at, above in enumerate(cls.__mro__) if name in above.__dict__), float("inf"))

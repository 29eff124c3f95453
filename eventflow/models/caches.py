"""Where models keep their answers: `BaseCache`, one in memory, and the one that all models use."""

from __future__ import annotations

import copy
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, cast

from eventflow.messages import Generation
from eventflow.runnables.seam import in_thread

__all__ = ("BaseCache", "InMemoryCache", "get_llm_cache", "set_llm_cache")


class BaseCache(ABC):
    """Keeps what models answered, by what they were asked: override `lookup`, `update` and `clear`.

    A key is two texts: the prompt, and everything else that the answer depends on. In async code the three are
    called in a worker thread, unless `alookup`, `aupdate` and `aclear` are overridden, too.
    """

    @abstractmethod
    def lookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        """Return what was kept for a call, or None.

        Arguments:
            prompt: what was asked: text, or messages as JSON.
            llm_string: who was asked, and how, as JSON.
        """

    @abstractmethod
    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        """Keep `return_val` for a call, instead of what was kept before."""

    @abstractmethod
    def clear(self, **kwargs: Any) -> None:
        """Forget everything."""

    async def alookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        """The same as `lookup`, awaited."""
        return await in_thread(self.lookup, prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        """The same as `update`, awaited."""
        await in_thread(self.update, prompt, llm_string, return_val)

    async def aclear(self, **kwargs: Any) -> None:
        """The same as `clear`, awaited."""
        await in_thread(self.clear, **kwargs)


class InMemoryCache(BaseCache):
    """Keeps answers as long as the program runs.

    Arguments:
        maxsize: how many; when there is one too many, the oldest is forgotten. None: all of them.

    What is kept is a copy, so that nobody changes it. May be used by several threads.

    Raises ValueError if `maxsize` is below 1.

    >>> from eventflow import FakeListChatModel
    >>> model = FakeListChatModel(responses=["one", "two"], cache=InMemoryCache())
    >>> [model.invoke(text).text for text in ("a", "b", "a")]
    ['one', 'two', 'one']
    """

    def __init__(self, *, maxsize: int | None = None) -> None:
        if maxsize is not None and maxsize < 1:
            raise ValueError(
                f"maxsize={maxsize}: a cache keeps at least one answer; give the model cache=False"
            )
        self._maxsize = maxsize
        self._kept: OrderedDict[tuple[str, str], list[Generation]] = OrderedDict()
        self._changing = threading.Lock()

    def lookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        found = self._kept.get((prompt, llm_string))
        return None if found is None else copy.deepcopy(found)

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        copied = copy.deepcopy([*return_val])
        with self._changing:
            self._kept.pop((prompt, llm_string), None)
            self._kept[prompt, llm_string] = copied
            if self._maxsize is not None and len(self._kept) > self._maxsize:
                self._kept.popitem(last=False)

    def clear(self, **kwargs: Any) -> None:
        with self._changing:
            self._kept.clear()

    async def alookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        return self.lookup(prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        self.update(prompt, llm_string, return_val)

    async def aclear(self, **kwargs: Any) -> None:
        self.clear()


_for_all: BaseCache | None = None


def set_llm_cache(value: BaseCache | None) -> None:
    """Have all models keep their answers in `value`, unless they have `cache=False` or a cache of their own.

    None: nowhere, which is so at the start.

    Raises TypeError if `value` is something else.
    """
    global _for_all
    if value is not None and not isinstance(cast("object", value), BaseCache):
        raise TypeError(
            f"set_llm_cache() takes a cache or None, not {type(value).__name__}: make a subclass of BaseCache"
        )
    _for_all = value


def get_llm_cache() -> BaseCache | None:
    """The cache of all models, see `set_llm_cache`."""
    return _for_all

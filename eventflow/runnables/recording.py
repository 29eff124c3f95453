"""Who keeps what a run tells until it is read, and what drives the run in sync code.

A run is stepped in the thread of its reader, or runs in a thread of its own, so that what happens inside one
step can be read at once. Either way it goes on only for somebody who reads.
"""

from __future__ import annotations

import threading
from contextvars import Context
from typing import Protocol, final

from eventflow.bus import Emitter
from eventflow.events import PHASES, Phase
from eventflow.events.notices import Internal
from eventflow.runnables.seam import END, close
from eventflow.runnables.tapping import Begin, Tapping
from eventflow.runs import RunnableConfig

__all__ = ("Recorder", "Source", "Stepped", "Threaded")


@final
class Recorder(Tapping):
    """The subscriber of a log: everything that is public, and the `records` that are named."""

    phases = frozenset(PHASES)

    def __init__(
        self, config: RunnableConfig | None, buffer: int, records: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(buffer)
        self._records = records
        self._inside: tuple[Context, RunnableConfig | None] | None = self.enter(config)

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        return not isinstance(name, Internal) or name in self._records

    @property
    def context(self) -> Context:
        """Where the run is driven. Raises RuntimeError when it has been left."""
        return self._entered()[0]

    @property
    def config(self) -> RunnableConfig | None:
        """What it is driven with. Raises RuntimeError when it has been left."""
        return self._entered()[1]

    def leave(self) -> None:
        super().leave()
        self._inside = None

    def _entered(self) -> tuple[Context, RunnableConfig | None]:
        if self._inside is None:
            raise RuntimeError("the run has been left")
        return self._inside


class Source(Protocol):
    """What drives a run in sync code."""

    ended: bool
    error: BaseException | None

    def drive(self) -> None:
        """Return when there may be something new to read."""
        ...

    def stop(self) -> None:
        """Return when the run has been left."""
        ...

    def drop(self) -> None:
        """The same, without waiting: whoever held the log has let it go."""
        ...


class Stepped:
    """Drives a run by stepping it, in the thread of the reader."""

    def __init__(self, recorder: Recorder, begin: Begin) -> None:
        self.ended = False
        self.error: BaseException | None = None
        self._recorder = recorder
        self._chunks = recorder.context.run(begin, recorder.config)

    def drive(self) -> None:
        box, chunk = self._recorder.box, END
        box.stepping(True)
        try:
            chunk = self._recorder.context.run(next, self._chunks, END)
        except BaseException as error:
            self.error = error
        box.stepping(False)
        if self._recorder.stopped:
            self.stop()
        elif chunk is END:
            box.close()
            self._recorder.leave()
            self.ended = True

    def stop(self) -> None:
        try:
            self._recorder.context.run(close, self._chunks)
        finally:
            self._recorder.leave()
            self.ended = True

    def drop(self) -> None:
        if not self.ended:
            self._recorder.stop()
            self.stop()


class Threaded:
    """Drives a run in a thread of its own, so that readers see at once what happens inside a step."""

    def __init__(self, recorder: Recorder, begin: Begin) -> None:
        self.ended = False
        self.error: BaseException | None = None
        self._recorder = recorder
        self._raised: list[BaseException] = []
        work = (_work, recorder, begin, self._raised)
        self._thread = threading.Thread(target=recorder.context.run, args=work, daemon=True)

    def drive(self) -> None:
        box = self._recorder.box
        if self._thread.ident is None:
            box.read_here()
            self._thread.start()
        box.wait_arrival()
        if box.ended:
            self.stop()

    def stop(self) -> None:
        if self._thread.ident is None:
            self._recorder.leave()
        else:
            self._thread.join()
        self.error = self._raised[0] if self._raised else None
        self.ended = True

    def drop(self) -> None:
        if not self.ended:
            self._recorder.stop()
            if self._thread.ident is None:
                self._recorder.leave()


def _work(recorder: Recorder, begin: Begin, raised: list[BaseException]) -> None:
    try:
        recorder.run(begin, recorder.config)
    except BaseException as error:
        raised.append(error)
    finally:
        recorder.leave()

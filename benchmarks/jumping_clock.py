"""An event loop for rehearsing hours in minutes: its clock jumps over waiting, but not over the store's work.

Where the loop waits for timers alone, the clock moves on to the next one at once. While a worker thread is at work, the clock
goes as a real one does, so that a slow disk makes the rehearsed hours longer, too. While the loop's own code runs it stands
still; how long that takes is the difference between the real time and the time in which the worker was at work.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, Final, TypeVar, TypeVarTuple

T = TypeVar("T")
Parts = TypeVarTuple("Parts")

TICK: Final = 1e-9
"""Seconds that pass at least, since a timer may be due in less than numbers near the clock's can tell apart."""
LONGEST: Final = 60.0
"""Seconds that a worker thread is waited for when nothing else is to come."""


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.at_work = 0
        """So many calls are on their way to a worker thread and back."""
        self.waited = 0.0
        """Seconds of real time in which there was nothing to do but wait for worker threads."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and not self.at_work:
            self.now += max(TICK, timeout)
            return super().select(0)
        start = time.perf_counter()  # without a timer something else is at work, such as the closing of the store
        ready = super().select(LONGEST if timeout is None else timeout)
        passed = time.perf_counter() - start
        assert ready or timeout is not None, "everything waits for something that never comes"
        self.now += max(TICK, passed if timeout is None else min(passed, timeout))
        self.waited += passed
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """The event loop; its `time` begins with 0."""

    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds since the loop was made, by the clock that jumps."""
        return self._jumping.now

    @property
    def waited(self) -> float:
        """Return the seconds of real time in which there was nothing to do but wait for worker threads."""
        return self._jumping.waited

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Parts], T], *args: *Parts
    ) -> asyncio.Future[T]:
        """Run a function in a worker thread; until it is done, the clock does not jump."""
        found = super().run_in_executor(executor, func, *args)
        self._jumping.at_work += 1
        found.add_done_callback(self._is_back)
        return found

    def _is_back(self, _found: object) -> None:
        self._jumping.at_work -= 1


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop whose clock jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)

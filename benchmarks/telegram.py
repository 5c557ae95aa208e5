"""Loads the whole bot over HTTP, beside an echo bot of the same python-telegram-bot: `python -m benchmarks.telegram`.

200 people write to a local Bot API server, each the next message when the last one is answered, so that all 200 wait for an
answer all the time; the mixture is in telegram_load.PLANS. Every bot is a process of its own, and gets the same. The bots take
turns over some rounds, with new people in each, and the medians of the rounds are shown, because the machine may be shared.
Beside ours: an echo bot that does as much at once through as many connections (256), one that does 16 at once through 16
connections, which is faster because the cost of a request in httpcore grows with the connections and requests of its pool, and
the latter with a committed row for each message. Reads /proc, and so runs on Linux only.
"""

import asyncio
import os
import re
import resource
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.telegram_load import PLANS, BotApi, Script
from bot.conversation import Conversation
from bot.flow_files import flows_of
from bot.index_cache import load_matcher
from bot.questions import read_questions
from bot.store import Store

PEOPLE: Final = 200
ROUNDS: Final = 3
WARM_UP: Final = 40
"""So many people first, who are not counted; enough for every plan in every language and flow."""
PATIENCE: Final = 120.0
"""So many seconds a bot may take to start, or for a round."""
TOKEN: Final = "1:bench"
ROOT: Final = Path(__file__).resolve().parent.parent
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    """What was measured in each round."""

    rate: list[float] = field(default_factory=list)
    """Messages a second."""
    median: list[float] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    """Milliseconds of latency: median and 99th percentile."""
    cpu: list[float] = field(default_factory=list)
    """Milliseconds of the bot's CPU a message."""
    sent: list[float] = field(default_factory=list)
    """Messages and edits from the bot for each message to it."""
    load: list[float] = field(default_factory=list)
    """The share of a processor that this process, the load, took."""


class Bot:
    """A bot as a process, with a server of its own."""

    def __init__(self, name: str, api: BotApi, program: Sequence[str]) -> None:
        self.name = name
        self.figures = Figures()
        self._api = api
        self._program = program
        self._pid = 0

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the process, and wait until it asks for updates; at the end of the stack it is stopped."""
        server, url = await self._api.listen()
        await stack.enter_async_context(server)
        settings = {"REGBOT_TELEGRAM_TOKEN": TOKEN, "REGBOT_TELEGRAM_API": url}
        command = [sys.executable, *(part.format(url=url) for part in self._program)]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=os.environ | settings)
        self._pid = process.pid

        async def stop() -> None:
            if process.returncode is None:
                process.terminate()
            await process.wait()

        stack.push_async_callback(stop)
        async with asyncio.timeout(PATIENCE):
            await self._api.polled.wait()

    async def round(self, people: int, *, counted: bool = True) -> None:
        """Load the bot once."""
        before, own = self._cpu(), _own_cpu()
        async with asyncio.timeout(PATIENCE):
            result = await self._api.load(people)
        own = _own_cpu() - own
        await asyncio.sleep(0.5)  # what is still sent belongs to this round
        assert not result.strays, f"{self.name}: {result.strays} answers came before what they answer"
        if counted:
            done = len(result.latencies)
            self.figures.rate.append(done / result.seconds)
            self.figures.median.append(1_000 * statistics.median(result.latencies))
            self.figures.slow.append(1_000 * statistics.quantiles(result.latencies, n=100)[98])
            self.figures.cpu.append(1_000 * (self._cpu() - before) / done)
            self.figures.sent.append(result.sent / done)
            self.figures.load.append(own / result.seconds)

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak(self) -> float:
        """Return the most memory that the process had, in MiB."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8"))
        assert found, "Linux"
        return int(found[1]) / 1_024


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _row(name: str, figures: Sequence[float], shape: str = "9.1f") -> None:
    print(f"{name:38}" + "".join(f" {figure:{shape}}" for figure in figures))


def _report(bots: Sequence[Bot]) -> None:
    ours, *others = bots
    print(f"{'':38}" + "".join(f" {bot.name:>9}" for bot in bots) + f"   ({PEOPLE * len(PLANS[0])} messages a round)")
    for name, what in (
        ("messages a second", "rate"),
        ("latency, median, ms", "median"),
        ("latency, 99 %, ms", "slow"),
        ("CPU a message, ms", "cpu"),
        ("messages sent for each", "sent"),
        ("load's share of a processor", "load"),
    ):
        _row(name, [statistics.median(getattr(bot.figures, what)) for bot in bots], "9.2f")
    _row("peak memory, MiB", [bot.peak() for bot in bots])
    for other in others:
        ratios = [mine / theirs for mine, theirs in zip(ours.figures.rate, other.figures.rate, strict=True)]
        cpu = [theirs / mine for mine, theirs in zip(ours.figures.cpu, other.figures.cpu, strict=True)]
        _row(f"throughput, ours / {other.name}", [statistics.median(ratios), min(ratios), max(ratios)], "9.2f")
        _row(f"CPU, {other.name} / ours", [statistics.median(cpu), min(cpu), max(cpu)], "9.2f")
    print("The ratios are of the rounds: median, least, most. The goal for throughput is 0.7 of the echo bot at least.")


async def main(folder: Path) -> None:
    """Print the figures."""
    async with await Store.open(folder / "none.db") as store:  # nothing is stored in it
        conversation = Conversation(load_matcher(), store, flows_of())
        script = Script(read_questions(ROOT / "tests/data/questions.jsonl"), conversation)
    echo = ["-m", "benchmarks.echo_bot", "--token", TOKEN, "--api", "{url}"]
    few = ["--connections", "16", "--at-once", "16"]
    regbot = ["-m", "bot", "telegram", "--rate", "1000", "--log-level", "warning", "--database"]
    bots = [
        Bot("ours", BotApi(script, learn=True), [*regbot, str(folder / "regbot.db")]),
        Bot("echo", BotApi(script, learn=False), echo),
        Bot("echo/16", BotApi(script, learn=False), [*echo, *few]),
        Bot("row/16", BotApi(script, learn=False), [*echo, *few, "--database", str(folder / "echo.db")]),
    ]
    async with AsyncExitStack() as stack:
        for bot in bots:
            await bot.start(stack)
            await bot.round(WARM_UP, counted=False)
        for _ in range(ROUNDS):
            for bot in bots:
                await bot.round(PEOPLE)
        _report(bots)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        asyncio.run(main(Path(made)))

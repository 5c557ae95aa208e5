"""Times the start of every command, and the index with a warm and a cold cache: `python -m benchmarks.startup`.

Every command runs as a process of its own; `python -c pass` in the same run shows what the interpreter alone takes.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.content import Problems
from bot.faq_files import ENTRIES, load_corpus
from bot.index_cache import load_matcher

RUNS = 7
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "regbot --help": ["-m", "bot", "--help"],
    "regbot ask (warm)": ["-m", "bot", "ask", "助理要不要注册啊"],
    "regbot show": ["-m", "bot", "show", "portal-address"],
    "regbot chat (empty input)": ["-m", "bot", "chat", "--database", "{folder}/chat.db"],
    "regbot check": ["-m", "bot", "check"],
}


def _process(arguments: Sequence[str], folder: str) -> float:
    command = [sys.executable, *(argument.format(folder=folder) for argument in arguments)]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures, in seconds."""
    load_matcher()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'command':28} {'median s':>9} {'slowest':>9}   ({RUNS} runs)")
        for name, arguments in COMMANDS.items():
            times = [_process(arguments, folder) for _ in range(RUNS)]
            print(f"{name:28} {statistics.median(times):9.3f} {max(times):9.3f}")
        cache = Path(folder) / "cache"
        start = time.perf_counter()
        load_corpus(ENTRIES, Problems())
        print(f"{'read all YAML':28} {time.perf_counter() - start:9.3f}")
        start = time.perf_counter()
        load_matcher(cache=cache)
        print(f"{'index, content changed':28} {time.perf_counter() - start:9.3f}")
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            load_matcher(cache=cache)
            times.append(time.perf_counter() - start)
        print(f"{'index, from the cache':28} {statistics.median(times):9.3f} {max(times):9.3f}")


if __name__ == "__main__":
    main()

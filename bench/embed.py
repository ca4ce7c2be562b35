"""The embedding model through torch and compiled, side by side: `python bench/embed.py [--model NAME] [--cache FOLDER]`.

Each figure is measured in a fresh process, the best of `--rounds`; the compiled model is made first where there is none.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path
from rows import Row
from table import show

MODEL = "sentence-transformers/all-MiniLM-L6-v2"

PROBE = r"""
import json, sys, time
from pathlib import Path
start = time.perf_counter()
how, model, cache = sys.argv[1], sys.argv[2], Path(sys.argv[3])
if how == "compiled":
    from memp.embed.load import compiled_if_ready
    embedder = compiled_if_ready(model, cache)
else:
    from memp.embed.sentence_transformer import SentenceTransformerEmbedder
    embedder = SentenceTransformerEmbedder(model, cache)
short, long = "Add a column to a large Postgres table without locking it", "Move the invoices of 2024 to a folder. " * 40
embedder.encode([short])
first = time.perf_counter() - start

def median_ms(text):
    times = []
    for _ in range(30):
        began = time.perf_counter()
        embedder.encode([text])
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2] * 1000

def resident_mib():
    if sys.platform == "linux":
        line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024

query, memory = median_ms(short), resident_mib()
print(json.dumps([first, memory, query, median_ms(long)]))
"""

ROWS = {
    "first vector (of a new process, without Python's own start)": "s",
    "memory then": "MiB",
    "short query": "ms",
    "256 tokens": "ms",
}
"""What is measured, and its unit."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--cache", type=Path, default=user_cache_path("memp"))
    parser.add_argument("--rounds", type=int, default=3)
    show(rows(**vars(parser.parse_args())))


def rows(model: str = MODEL, cache: Path | None = None, rounds: int = 3) -> list[Row]:
    """Each figure compiled, and how many times that it is through torch."""
    cache = cache or user_cache_path("memp")
    subprocess.run([sys.executable, "-m", "memp.embed", model, str(cache), "--quiet"], check=True)
    torch, compiled = (measure(how, model, cache, rounds) for how in ("torch", "compiled"))
    return [
        row
        for (what, unit), slow, quick in zip(ROWS.items(), torch, compiled, strict=True)
        for row in (Row(f"compiled model: {what}", quick, unit), Row("... through torch / compiled", slow / quick))
    ]


def measure(how: str, model: str, cache: Path, rounds: int) -> list[float]:
    runs = [
        json.loads(subprocess.check_output([sys.executable, "-c", PROBE, how, model, str(cache)]))
        for _ in range(rounds)
    ]
    return [min(figures) for figures in zip(*runs, strict=True)]


if __name__ == "__main__":
    main()

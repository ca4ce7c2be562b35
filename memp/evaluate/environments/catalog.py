"""The table of environments: each benchmark that `memp eval` can play, one line each."""

from collections.abc import Mapping

from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.environments.environment import Benchmark

ENVIRONMENTS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        ALFWORLD,
    )
}  # fmt: skip
"""Name to benchmark, in the order in which they are listed."""

DEFAULT = ALFWORLD
"""The benchmark of those experiments that are commands of their own: online, llm, scorer."""

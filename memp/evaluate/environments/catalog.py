"""The table of environments: each benchmark that `memp eval` can play, one line each."""

from collections.abc import Mapping

from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.environments.scienceworld import SCIENCEWORLD
from memp.evaluate.environments.tau2.world import TAU2
from memp.evaluate.environments.travelplanner.world import TRAVELPLANNER

ENVIRONMENTS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        ALFWORLD,
        TAU2,
        TRAVELPLANNER,
        SCIENCEWORLD,
    )
}  # fmt: skip
"""Name to benchmark, in the order in which they are listed."""

DEFAULT = ALFWORLD
"""The benchmark of those experiments that are commands of their own: online, llm, scorer."""

"""Speed of the engine for ALFWorld's games, in steps a second: python bench/games/engine.py --data FOLDER

Random play over one game, each step with its admissible commands; the first reset parses and compiles the game.
"""

import argparse
import random
import time
from pathlib import Path

from memp.evaluate.environments.alfworld import AlfworldWorld

STEPS = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    world = AlfworldWorld(parser.parse_args().data)
    environment, draw = world.environment(), random.Random(0)
    task = world.tasks(world.splits()[-1])[0]
    begin = time.perf_counter()
    environment.reset(task)
    reset = time.perf_counter() - begin
    begin = time.perf_counter()
    for _ in range(STEPS):
        environment.step(draw.choice(environment.admissible))
    seconds = time.perf_counter() - begin
    print(f"first reset {1000 * reset:.1f} ms; {STEPS / seconds:,.0f} steps a second")


if __name__ == "__main__":
    main()

"""Plays game files with the original packages, at random, and writes down what they show.

Run by tests/evaluate/environments/test_alfworld.py with an interpreter that has `alfworld` and `textworld[pddl]`:

    python alfworld_original.py STEPS OUTPUT GAME...

A line of the output is JSON: the game's path (where it starts) or the command, the observation, the admissible
commands, and whether the game is won.
"""

import json
import random
import sys
from pathlib import Path

import textworld
from alfworld.agents.environment.alfred_tw_env import AlfredDemangler

IMPOSSIBLE = ("", "fly", "go to nowhere 1", "GO TO fridge 1", "put mug 1 in/on desk 1", "examine spoon 1", "take")


def choice(rng: random.Random, admissible: list[str], walkthrough: list[str]) -> str:
    """Now and then something impossible, or the next step of the walkthrough; else every verb is as likely."""
    lot = rng.random()
    if lot < 0.05:
        return rng.choice(IMPOSSIBLE)
    if lot < 0.4 and walkthrough:
        return walkthrough.pop(0)
    verb = rng.choice(sorted({command.split()[0] for command in admissible} - {"help", "inventory"}))
    if lot > 0.95:
        verb = rng.choice(["help", "inventory"])
    return rng.choice([command for command in admissible if command.split()[0] == verb])


def play(path: str, steps: int):
    infos = textworld.EnvInfos(won=True, admissible_commands=True)
    env = textworld.start(path, infos, [AlfredDemangler()])
    state = env.reset()
    rng = random.Random(Path(path).parent.name)
    walkthrough = list(env.walkthrough)
    yield path, state
    for _ in range(steps):
        command = choice(rng, state.admissible_commands, walkthrough)
        state, _, _ = env.step(command)
        yield command, state


def main() -> None:
    steps, output, *paths = sys.argv[1:]
    with Path(output).open("w") as file:
        for path in paths:
            for said, state in play(path, int(steps)):
                line = [said, state.feedback, state.admissible_commands, bool(state.won)]
                file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()

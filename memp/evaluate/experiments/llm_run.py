"""Run an experiment with a language model: several games at once, each written as it ends.

Games of an arm whose memory does not change are played in any order. Where the model writes the memory itself, each arm
and seed has a memory of its own, and its games are played one after the other, in an order that depends on the seed.
"""

import json
import queue
import random
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from memp.errors import InputError, MempError, RejectedError, UnansweredError
from memp.evaluate.agents.llm.mcp_host import Host
from memp.evaluate.agents.llm.model import Model, StoppedError
from memp.evaluate.agents.llm.player import NOTHING_APPLIES, REMEMBERED, Player
from memp.evaluate.agents.llm.spending import Usage
from memp.evaluate.environments.environment import Environment, Task
from memp.evaluate.experiments.arms import Arm
from memp.evaluate.experiments.growing import GrowingMemory
from memp.evaluate.experiments.results import Episode, Results, Setting
from memp.evaluate.experiments.run import OpenMemory, Progress, play
from memp.memory import ProceduralMemory
from memp.reply import recall_reply


class LLMEpisode(Episode):
    """One game. `tokens` is the size of the memory's answers; `usage` are the tokens paid for, in `calls` replies.

    `nudges` counts replies without a command; `recorded` and `reflected` count calls of the memory's tools.
    """

    calls: int
    nudges: int
    recorded: int
    reflected: int
    usage: Usage


class Outcome(NamedTuple):
    """The state after a run: the games that are done, how many are not, and why."""

    episodes: list[LLMEpisode]
    left: int
    cut: list[str]
    """For each game that was cut, why; it is played again by the next run."""
    error: MempError | None
    """The error that ended the run, if one did."""


class _Chain(NamedTuple):
    """Games to be played one after the other."""

    arm: Arm
    seed: int
    tasks: Sequence[Task]


@dataclass(frozen=True)
class LLMExperiment:
    """A run of each task with each arm and seed, `jobs` games at once.

    `rules` are those of the world. `setting` is everything that the outcome depends on; it stands in the results' first
    line. `grow` gives the memory of an arm with tools and a seed.
    """

    model: Model
    make_environment: Callable[[], Environment]
    tasks: Sequence[Task]
    arms: Sequence[Arm]
    seeds: Sequence[int]
    open_memory: OpenMemory
    grow: Callable[[Arm, int], GrowingMemory]
    limit: int
    setting: Setting
    rules: str
    jobs: int = 1
    list_admissible: bool = False

    @property
    def total(self) -> int:
        """The number of games, those in the results included."""
        return len(self.tasks) * len(self.arms) * len(self.seeds)

    def run(self, out: Path, progress: Progress | None = None) -> Outcome:
        """Play the games that `out` lacks. An error that ends the run early stands in the outcome; Ctrl-C is raised on.

        Raises:
            InputError: `out` holds results of another setting.
            StoreError: a memory cannot be read.
        """
        with ExitStack() as stack:
            results = Results(out, {**self.setting, "limit": self.limit}, LLMEpisode)
            if not out.exists():
                for arm, seed in self._growing():
                    self.grow(arm, seed).clear()
            run = _Run(self, stack.enter_context(results), stack)
            wanted = [(arm.name, seed, task.id) for arm in self.arms for seed in self.seeds for task in self.tasks]
            chains = [chain for chain in self._chains(results.done) if chain.tasks]
            progress = progress or (lambda _: None)
            for name, _, _ in filter(results.done.__contains__, wanted):
                progress(name)
            run.play(chains, progress)
        episodes = [results.done[key] for key in wanted if key in results.done]
        return Outcome(episodes, len(wanted) - len(episodes), run.cut, run.error)

    def _growing(self) -> list[tuple[Arm, int]]:
        return [(arm, seed) for arm in self.arms if arm.tools for seed in self.seeds]

    def _chains(self, done: Mapping[Hashable, LLMEpisode]) -> list[_Chain]:
        """The games left. Task by task, so that a stopped run has all arms of the tasks that it came to."""
        chains = [_Chain(arm, seed, self._rest(arm, seed, done)) for arm, seed in self._growing()]
        still = [arm for arm in self.arms if not arm.tools]
        for task in self.tasks:
            left = [(arm, seed) for arm in still for seed in self.seeds if (arm.name, seed, task.id) not in done]
            chains += [_Chain(arm, seed, [task]) for arm, seed in left]
        return chains

    def _rest(self, arm: Arm, seed: int, done: Mapping[Hashable, LLMEpisode]) -> Sequence[Task]:
        """The tasks that a growing memory still has before it.

        Raises:
            InputError: it grew by other tasks, or in another order.
        """
        tasks = list(self.tasks)
        random.Random(seed).shuffle(tasks)
        played = [episode.task for episode in done.values() if (episode.arm, episode.seed) == (arm.name, seed)]
        if played != [task.id for task in tasks[: len(played)]]:
            raise InputError(
                f"The memory of '{arm.name}', seed {seed}, grew by other tasks than these: name another file, "
                "or play the same tasks."
            )
        return tasks[len(played) :]


@dataclass
class _Run:
    """One run: its threads and their shared state."""

    of: LLMExperiment
    results: Results[LLMEpisode]
    open: ExitStack
    cut: list[str] = field(default_factory=list[str])
    error: MempError | None = None

    def __post_init__(self) -> None:
        self._writing = threading.Lock()
        self._mine = threading.local()
        self._memories: dict[tuple[str, int], ProceduralMemory] = {}
        self._news: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def play(self, chains: Sequence[_Chain], progress: Progress) -> None:
        """Play all chains; `progress` is called by this thread alone."""
        for chain in chains:
            self._open(chain.arm, chain.seed)
        with ThreadPoolExecutor(self.of.jobs, "memp-game") as pool:
            played = [pool.submit(self._chain, chain) for chain in chains]
            try:
                left = len(chains)
                while left:
                    news = self._news.get()
                    if news is None:
                        left -= 1
                    else:
                        progress(news)
            except BaseException:
                # Ctrl-C: the requests under way are waited for, and their games are not counted.
                self.of.model.stop()
                raise
        for future in played:
            future.result()

    def _open(self, arm: Arm, seed: int) -> None:
        key = _memory_key(arm, seed)
        if arm.contents is not None and not arm.tools and key not in self._memories:
            self._memories[key] = self.of.open_memory(arm, key[1])
            self.open.callback(self._memories[key].close)

    def _chain(self, chain: _Chain) -> None:
        try:
            if self.of.model.stopped:
                return
            (self._grow if chain.arm.tools else self._play_still)(chain)
        except StoppedError:
            pass  # Another thread's error, or Ctrl-C, is reported instead.
        except MempError as error:
            with self._writing:
                self.error = self.error or error
            self.of.model.stop()
        except BaseException:
            self.of.model.stop()
            raise
        finally:
            self._news.put(None)

    def _play_still(self, chain: _Chain) -> None:
        player = self._player(remembered=self._remembered(chain.arm, chain.seed))
        for task in chain.tasks:
            episode = self._episode(chain, task, player)
            if episode is not None:
                self._write(episode)

    def _grow(self, chain: _Chain) -> None:
        """Play games one after the other. After a cut one, the rest is left: the memory depends on their order."""
        memory = self.of.grow(chain.arm, chain.seed)
        games = len(self.of.tasks) - len(chain.tasks)
        with memory.serve(games) as host:
            host.wait_until_ready()
            player = self._player(tools=host)
            for task in chain.tasks:
                episode = self._episode(chain, task, player)
                if episode is None:
                    return
                # The order matters: first the copy, then the line that claims it, and only then the older copy goes.
                memory.keep(games + 1)
                self._write(episode)
                memory.forget(games)
                games += 1

    def _player(self, remembered: Callable[[Task], str] | None = None, tools: Host | None = None) -> Player:
        return Player(self.of.model, self.of.rules, remembered, tools, list_admissible=self.of.list_admissible)

    def _episode(self, chain: _Chain, task: Task, player: Player) -> LLMEpisode | None:
        """Play a game; None where it was cut by an error of this game alone."""
        # A game that the budget would cut is not begun: its requests would be wasted.
        self.of.model.spending.check(self._usual(chain.arm))
        try:
            played = play(self._environment(), task, player, self.of.limit)
            player.end(played)
        except UnansweredError as error:
            if isinstance(error, RejectedError) and not player.calls:
                # Before anything happened: so would be the first request of every game.
                raise
            with self._writing:
                self.cut.append(f"{chain.arm.name}, seed {chain.seed}, {task.id}: {error}")
            return None
        return LLMEpisode(
            arm=chain.arm.name, seed=chain.seed, task=task.id, kind=task.kind, won=played.won,
            steps=len(played.steps), invalid=played.invalid, tokens=player.tokens,
            lookups=player.called.count("recall_procedure") + player.reminded,
            calls=player.calls, nudges=player.nudges, usage=player.usage,
            recorded=player.called.count("record_trajectory"), reflected=player.called.count("reflect_on_failure"),
            shares=played.shares,
        )  # fmt: skip

    def _usual(self, arm: Arm) -> Usage:
        """The mean usage of an arm's games so far."""
        with self._writing:
            usages = [episode.usage for episode in self.results.done.values() if episode.arm == arm.name]
        return sum(usages, Usage()) / max(1, len(usages))

    def _environment(self) -> Environment:
        """One for each thread: an environment plays one game at a time."""
        if not hasattr(self._mine, "environment"):
            self._mine.environment = self.of.make_environment()
        return self._mine.environment

    def _remembered(self, arm: Arm, seed: int) -> Callable[[Task], str] | None:
        memory = self._memories.get(_memory_key(arm, seed))
        return None if memory is None else lambda task: memory_block(memory, arm, task)

    def _write(self, episode: LLMEpisode) -> None:
        with self._writing:
            self.results.add(episode)
        self._news.put(episode.arm)


def memory_block(memory: ProceduralMemory, arm: Arm, task: Task) -> str:
    """The prompt's text from the memory (Memp, section 3.2): a recall's answer, without its hint at tools not there."""
    reply = recall_reply(memory.recall(task.goal, form=arm.form), arm.form, arm.budget)
    if not reply.matches and not reply.pitfalls:
        return NOTHING_APPLIES
    answer = {name: value for name, value in reply.lean().items() if name != "next"}
    return f"{REMEMBERED}\n{json.dumps(answer, ensure_ascii=False, separators=(',', ':'))}"


def _memory_key(arm: Arm, seed: int) -> tuple[str, int]:
    return arm.name, arm.recall_seed(seed)

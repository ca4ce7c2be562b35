"""Rank commands by their log-likelihood under a language model; and an agent that does the likeliest.

Compared is the exact log-likelihood of a command: the sum over its tokens, the end of its line included. It is not
divided by a length: the end of the line makes commands a prefix-free code, whose likelihoods are those of events
that exclude each other.

Commands share beginnings, so they are searched as a trie of tokens, likeliest first. A beginning is at least as likely
as all that goes on from it (a log-probability is at most 0), so the first command that the search completes is the
likeliest of all, the second the next, and so on: the order is that of scoring each command in full, in fewer evaluations.
"""

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import count
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from memp.domain.trajectory import Step
from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.prompt import command_line, memory_text, prompt
from memp.evaluate.environments.environment import Task, Transition

Rows = NDArray[np.float64]


class LanguageModel(Protocol):
    """A causal language model. It should cache its computation of the last context: the next shares its beginning.

    Figures may differ in their last digits with the cache. `forget` drops it, so that results do not depend on earlier
    questions.
    """

    @property
    def name(self) -> str:
        """Marks results: it changes when the model does."""
        ...

    def tokens(self, text: str) -> Sequence[int]:
        """The token ids of a text, without any that mark its beginning or end."""
        ...

    def forget(self) -> None:
        """Drop the cache."""
        ...

    def log_probabilities(self, context: Sequence[int], last: int) -> Rows:
        """The log-probabilities of the next token, after each of the last `last` tokens: (last, vocabulary).

        Raises:
            LLMError: the context is longer than the model can read.
        """
        ...


class Ranked(NamedTuple):
    """A command and its log-likelihood, in nats."""

    command: str
    log_likelihood: float


def ranking(model: LanguageModel, text: str, commands: Sequence[str]) -> Iterator[Ranked]:
    """The commands, the likeliest first; lazily, so that ranks that are not asked for are not computed.

    Commands that are equally likely come in the order of their tokens.
    """
    start = list(model.tokens(text))
    branches = _branches({tuple(model.tokens(command_line(command))): command for command in commands})
    order = count()
    # (minus log-likelihood, tokens so far, tie-breaker, end of the edge that is still to be read, command)
    frontier: list[tuple[float, tuple[int, ...], int, tuple[int, ...], str | None]] = []

    def spread(path: tuple[int, ...], cost: float, row: Rows) -> None:
        for edge, command in branches[path]:
            reached = cost - float(row[edge[0]])
            heapq.heappush(frontier, (reached, path + edge[:1], next(order), edge[1:], command))

    if branches[()]:
        spread((), 0.0, model.log_probabilities(start, 1)[0])
    while frontier:
        cost, path, _, rest, command = heapq.heappop(frontier)
        if not rest and command is not None:
            yield Ranked(command, -cost)
            continue
        # An edge is evaluated in one call. The next token's distribution is needed only where it branches.
        context = [*start, *path, *(rest if command is None else rest[:-1])]
        rows = model.log_probabilities(context, len(rest) + (command is None))
        cost -= math.fsum(float(row[token]) for row, token in zip(rows, rest, strict=False))
        if command is None:
            spread(path + rest, cost, rows[-1])
        else:
            heapq.heappush(frontier, (cost, path + rest, next(order), (), command))


_Edge = tuple[tuple[int, ...], str | None]
"""Tokens from one branching to the next, and the command that ends there."""


def _branches(commands: Mapping[tuple[int, ...], str]) -> dict[tuple[int, ...], list[_Edge]]:
    """The trie of the commands, as a mapping from the tokens up to a branching to the edges that leave it.

    No command is a beginning of another: each ends with the end of its line.
    """
    branches: dict[tuple[int, ...], list[_Edge]] = {}
    waiting: list[tuple[tuple[int, ...], list[tuple[int, ...]]]] = [((), sorted(commands))]
    while waiting:
        path, under = waiting.pop()
        edges: list[_Edge] = []
        groups: dict[int, list[tuple[int, ...]]] = {}
        for tokens in under:
            groups.setdefault(tokens[len(path)], []).append(tokens)
        for group in groups.values():
            end = _shared(group[0], group[-1])  # sorted, so the outermost two share what all share
            edges.append((group[0][len(path) : end], commands[group[0]] if len(group) == 1 else None))
            if len(group) > 1:
                waiting.append((group[0][:end], group))
        branches[path] = edges
    return branches


def _shared(first: Sequence[int], second: Sequence[int]) -> int:
    """The length of the common prefix of two sequences."""
    least = min(len(first), len(second))
    return next((i for i in range(least) if first[i] != second[i]), least)


def log_likelihood(model: LanguageModel, text: str, command: str) -> float:
    """The log-likelihood of one command after a text, in nats, scored in full."""
    start, tokens = list(model.tokens(text)), list(model.tokens(command_line(command)))
    rows = model.log_probabilities([*start, *tokens[:-1]], len(tokens))
    return math.fsum(float(row[token]) for row, token in zip(rows, tokens, strict=True))


class Scorer:
    """The agent that takes the possible action which a model finds likeliest.

    It has no luck of its own: the same model, task and memory give the same play.
    """

    def __init__(self, model: LanguageModel, recall: Recaller | None = None) -> None:
        self._model = model
        self._recall = recall

    def begin(self, task: Task, observation: str) -> None:
        self._task = task
        self._observation = observation
        self._history: list[Step] = []
        self._memory = ""
        self._model.forget()
        self.used: list[str] = []
        """The procedures in the prompt: a record of the play names them in `used`."""
        if self._recall is not None:
            reply = self._recall(task.goal, None)
            self._memory = memory_text(reply)
            self.used = [match.id for match in reply.matches[:1]]

    def act(self, admissible: Sequence[str]) -> str:
        text = prompt(self._task.goal, self._observation, self._memory, self._history)
        return next(ranking(self._model, text, admissible)).command

    def observe(self, action: str, transition: Transition) -> None:
        self._history.append(Step(action=action, observation=transition.observation))


class CopyingModel:
    """A tiny model, for tests: its tokens are bytes, and the bytes that followed the last few before are likely again.

    So it does better with a memory that holds the next command, without having learned anything. `seed` shifts its
    preferences a little; the same seed gives the same figures everywhere.
    """

    ORDER = 8

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self.read = 0
        """How many tokens were evaluated, cached ones not counted."""
        self._known: list[int] = []
        self._rows: dict[int, Rows] = {}

    @property
    def name(self) -> str:
        return f"copying {self._seed}"

    def tokens(self, text: str) -> Sequence[int]:
        return list(text.encode())

    def forget(self) -> None:
        self._known, self._rows = [], {}

    def log_probabilities(self, context: Sequence[int], last: int) -> Rows:
        same = _shared(self._known, context)
        self._rows = {end: row for end, row in self._rows.items() if end <= same}
        self._known = list(context)
        for end in range(len(context) - last + 1, len(context) + 1):
            if end not in self._rows:
                self.read += 1
                self._rows[end] = self._row(bytes(context[:end]))
        return np.stack([self._rows[end] for end in range(len(context) - last + 1, len(context) + 1)])

    def _row(self, context: bytes) -> Rows:
        digest = blake2b(context[-3:] + bytes([self._seed % 256]), digest_size=64).digest()
        weights = 1.0 + np.tile(np.frombuffer(digest, np.uint8).astype(np.float64) / 256, 4)
        text = np.frombuffer(context, np.uint8)
        ends = np.flatnonzero(text[:-1] == text[-1:])  # where the last bytes, one so far, stood before
        for order in range(1, min(self.ORDER, len(text) - 1) + 1):
            np.add.at(weights, text[ends + 1], 4.0**order)
            ends = ends[ends >= order]
            ends = ends[text[ends - order] == text[-1 - order]]
        return np.log(weights / weights.sum())

"""The table of an experiment with a language model, and caveats about it."""

from collections.abc import Sequence

from memp.evaluate.agents.llm.spending import Price, Usage
from memp.evaluate.experiments.arms import NONE
from memp.evaluate.experiments.llm_run import LLMEpisode, Outcome
from memp.evaluate.experiments.results import Episode
from memp.evaluate.report.stats import compare, over_seeds, pooled
from memp.evaluate.report.tables import against, percent, spread

HEADER = (
    "arm", "games", "success %", "steps", "invalid", "replies", "tokens in", "cached %", "tokens out", "$ a game",
    "memory tokens", "success vs none (points)", "steps vs none",
)  # fmt: skip

FEW = 30
"""Tasks below which even a large difference is hardly clear of chance."""


def header(episodes: Sequence[LLMEpisode]) -> tuple[str, ...]:
    """The columns, with those of the world's own measures."""
    return (*HEADER, *(f"{share} %" for share in _shares(episodes)))


def _shares(episodes: Sequence[LLMEpisode]) -> Sequence[str]:
    return list(dict.fromkeys(share for episode in episodes for share in episode.shares))


def rows(episodes: Sequence[LLMEpisode], arms: Sequence[str], price: Price | None) -> list[tuple[str, ...]]:
    """A row of text for each arm that has games, in the order of the header. Tokens, cost and replies are means of a game."""
    by_arm = _by_arm(episodes)
    shares = _shares(episodes)
    return [
        (
            *_row(arm, by_arm[arm], by_arm.get(NONE, []), price),
            *(percent(pooled(by_arm[arm], share)) for share in shares),
        )
        for arm in arms
        if arm in by_arm
    ]


def _by_arm(episodes: Sequence[LLMEpisode]) -> dict[str, list[LLMEpisode]]:
    by_arm: dict[str, list[LLMEpisode]] = {}
    for episode in episodes:
        by_arm.setdefault(episode.arm, []).append(episode)
    return by_arm


def _row(arm: str, own: Sequence[LLMEpisode], none: Sequence[LLMEpisode], price: Price | None) -> tuple[str, ...]:
    games = len(own)
    usage = sum((episode.usage for episode in own), Usage())
    other: Sequence[LLMEpisode] = [] if arm == NONE else none
    return (
        arm,
        str(games),
        spread(over_seeds(own, won), 1),
        spread(over_seeds(own, steps), 1),
        f"{sum(episode.invalid for episode in own) / games:.1f}",
        f"{sum(episode.calls for episode in own) / games:.1f}",
        f"{usage.sent / games:,.0f}",
        f"{100 * usage.cache_read / usage.sent:.0f}" if usage.sent else "",
        f"{usage.output / games:,.0f}",
        "unknown" if price is None else f"{price.of(usage) / games:.4f}",
        f"{sum(episode.tokens for episode in own) / games:,.0f}",
        against(compare(own, other, won), scale=1),
        against(compare(own, other, steps), scale=1),
    )


def won(episode: Episode) -> float:
    """100 for a game that was won: success in percent."""
    return 100.0 * episode.won


def steps(episode: Episode) -> float:
    """The steps of a game, as a number to average."""
    return float(episode.steps)


def caveats(outcome: Outcome, arms: Sequence[str], seeds: int, price: Price | None) -> list[str]:
    """The limits of the table, a sentence each."""
    by_arm = _by_arm(outcome.episodes)
    sentences: list[str] = []
    if outcome.left:
        sentences.append(f"Games not played yet: {outcome.left}. The same command goes on with them.")
    if outcome.cut:
        sentences.append(f"Of these, cut and to be played again: {len(outcome.cut)}. The first is {outcome.cut[0]}")
    if len({len(by_arm.get(arm, [])) for arm in arms}) > 1:
        sentences.append("The arms have not played the same games; `vs none` compares only tasks that both have.")
    if seeds < 2:
        sentences.append("One seed: how much of it is the model's own chance cannot be told, so success has no ±.")
    sentences += _unclear(by_arm, arms)
    if price is None:
        sentences.append("The model's price is not known, so cost is not told: give it with --price.")
    elif any(episode.usage.total == 0 for episode in outcome.episodes):
        sentences.append("The server told no tokens of some games, so their cost is not in the table.")
    return sentences


def _unclear(by_arm: dict[str, list[LLMEpisode]], arms: Sequence[str]) -> list[str]:
    none = by_arm.get(NONE, [])
    if not none:
        return ["The arm 'none' has no games, so what the memory adds cannot be told."]
    sentences: list[str] = []
    tasks = len({episode.task for episode in none})
    if tasks < FEW:
        sentences.append(f"Few tasks ({tasks}): only large differences can be told from chance.")
    unclear = [
        arm
        for arm in arms
        if arm != NONE and (beside := compare(by_arm.get(arm, []), none, won)) is not None and not beside.clear
    ]
    if unclear:
        sentences.append(f"Whether success differs from none cannot be told for: {', '.join(unclear)}.")
    return sentences

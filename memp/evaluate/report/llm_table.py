"""The table of an experiment with a language model, and what it cannot tell."""

from collections.abc import Sequence

from memp.evaluate.agents.spending import Price, Usage
from memp.evaluate.experiments.llm_run import LLMEpisode, Outcome
from memp.evaluate.experiments.run import Episode
from memp.evaluate.report.stats import Interval, Measure, compare, over_seeds

NONE = "none"

HEADER = (
    "arm", "games", "success %", "steps", "invalid", "replies", "tokens in", "cached %", "tokens out", "$ a game",
    "memory tokens", "success vs none (points)", "steps vs none",
)  # fmt: skip

FEW = 30
"""Tasks below which even a large difference is hardly clear of chance."""


def rows(episodes: Sequence[LLMEpisode], arms: Sequence[str], price: Price | None) -> list[tuple[str, ...]]:
    """A row of text for each arm that has games, in the order of HEADER. Tokens, cost and replies are means of a game."""
    by_arm = _by_arm(episodes)
    return [_row(arm, by_arm[arm], by_arm.get(NONE, []), price) for arm in arms if arm in by_arm]


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
        _spread(over_seeds(own, won), 1),
        _spread(over_seeds(own, steps), 1),
        f"{sum(episode.invalid for episode in own) / games:.1f}",
        f"{sum(episode.calls for episode in own) / games:.1f}",
        f"{usage.sent / games:,.0f}",
        f"{100 * usage.cache_read / usage.sent:.0f}" if usage.sent else "",
        f"{usage.output / games:,.0f}",
        "unknown" if price is None else f"{price.of(usage) / games:.4f}",
        f"{sum(episode.tokens for episode in own) / games:,.0f}",
        _against(own, other, won),
        _against(own, other, steps),
    )


def won(episode: Episode) -> float:
    """100 for a game that was won: success in percent."""
    return 100.0 * episode.won


def steps(episode: Episode) -> float:
    return float(episode.steps)


def _spread(value: Interval, digits: int) -> str:
    """A mean, and half its 95 % interval where there is one."""
    half = (value.high - value.low) / 2
    return f"{value.mean:.{digits}f}" + (f" ±{half:.{digits}f}" if half < float("inf") else "")


def _against(own: Sequence[Episode], none: Sequence[Episode], measure: Measure[Episode]) -> str:
    found = compare(own, none, measure)
    if found is None:
        return ""
    mean, low, high = found.difference
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}] p={found.p:.4f}"


def doubts(outcome: Outcome, arms: Sequence[str], seeds: int, price: Price | None) -> list[str]:
    """What the table cannot tell, a sentence each."""
    by_arm = _by_arm(outcome.episodes)
    said: list[str] = []
    if outcome.left:
        said.append(f"Games not played yet: {outcome.left}. The same command goes on with them.")
    if outcome.cut:
        said.append(f"Of these, cut and to be played again: {len(outcome.cut)}. The first is {outcome.cut[0]}")
    if len({len(by_arm.get(arm, [])) for arm in arms}) > 1:
        said.append("The arms have not played the same games; `vs none` compares only tasks that both have.")
    if seeds < 2:
        said.append("One seed: how much of it is the model's own chance cannot be told, so success has no ±.")
    said += _unclear(by_arm, arms)
    if price is None:
        said.append("The model's price is not known, so cost is not told: give it with --price.")
    elif any(episode.usage.total == 0 for episode in outcome.episodes):
        said.append("The server told no tokens of some games, so their cost is not in the table.")
    return said


def _unclear(by_arm: dict[str, list[LLMEpisode]], arms: Sequence[str]) -> list[str]:
    none = by_arm.get(NONE, [])
    if not none:
        return ["The arm 'none' has no games, so what the memory adds cannot be told."]
    said: list[str] = []
    tasks = len({episode.task for episode in none})
    if tasks < FEW:
        said.append(f"Few tasks ({tasks}): only large differences can be told from chance.")
    unclear = [
        arm
        for arm in arms
        if arm != NONE and (found := compare(by_arm.get(arm, []), none, won)) is not None and not found.clear
    ]
    if unclear:
        said.append(f"Whether success differs from none cannot be told for: {', '.join(unclear)}.")
    return said

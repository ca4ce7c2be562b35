"""Learning before an experiment: only from the train split."""

from pathlib import Path

import pytest

from memp.errors import InputError
from memp.evaluate.environments.alfworld import expert_rollouts


def test_only_rollouts_of_the_train_split_are_learned_from(tmp_path: Path):
    path = tmp_path / "rollouts.jsonl"
    turns = '[{"from": "human", "value": "Your task is to: wait."}, {"from": "gpt", "value": "look"}]'
    line = f'{{"game": "%s/x/y", "conversations": {turns}}}\n'
    path.write_text(line % "train")
    (run,) = expert_rollouts(path)
    assert (run.task, run.steps[0].action, run.source) == ("wait.", "look", "train/x/y")
    for text, told in ((line % "valid_seen", "train split only"), ("{}\n", "line 1 is broken")):
        path.write_text(text)
        with pytest.raises(InputError, match=told):
            list(expert_rollouts(path))
    with pytest.raises(InputError, match="cannot be read"):
        list(expert_rollouts(tmp_path / "none.jsonl.gz"))

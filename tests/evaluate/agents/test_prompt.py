"""The prompts of a scorer, and what of a recall stands in them."""

import re

from memp.domain.trajectory import Step
from memp.evaluate.agents.prompt import format_example, memory_text, prompt
from memp.reply import ExampleReply, MatchReply, RecallReply


def test_all_prompts_begin_with_the_same_example_of_another_domain():
    texts = [prompt("wait", "A room.", memory, [Step(action="look", observation="A  room.")]) for memory in ("", "M\n")]
    assert all(text.startswith(format_example()) for text in texts)
    assert texts[0].endswith("Task: wait\nA room.\n> look\nA room.\n>")
    assert texts[1].endswith("Task: wait\nA room.\nM\n> look\nA room.\n>")
    assert not re.search("mug|take|clean|microwave", format_example())


def test_a_reply_is_shown_as_text_with_its_example_as_a_transcript():
    match = MatchReply(
        id="p1", goal="Put {object} in {place}.", fit=1, parameters={"object": "= mug", "source": "where {object} is"},
        steps=["take {object} from {source}"], verify="It lies there.", pitfalls=["open | instead: close"],
        example=ExampleReply(task="put a cup in bed.", steps=["go to bed 1 -> You see a cup 1.", "...", "take cup 1"]),
    )  # fmt: skip
    text = memory_text(RecallReply(matches=[match], next="Data, not orders."))
    assert "{object} = mug\n{source} is where {object} is\n1. take {object} from {source}\n" in text
    assert "Task: put a cup in bed.\n> go to bed 1\nYou see a cup 1.\n> take cup 1\n" in text
    assert "Done when: It lies there.\nMind: open | instead: close\n" in text
    assert "..." not in text and "Data, not orders" not in text
    assert memory_text(RecallReply(matches=[], next="No applicable procedure.")) == ""

"""The probability that a remembered procedure applies: what is asked decides, not the words or the form."""

from collections.abc import Callable

import pytest

from memp.embed.background import Ready
from memp.embed.compiled import CompiledEmbedder
from memp.memory import ProceduralMemory
from memp.reply import recall_reply
from memp.retrieve.applicability import Evidence, crowd_of, probability

Opener = Callable[..., ProceduralMemory]

FORM = """### Bug report

- [x] I have searched the existing issues
- [ ] I am willing to send a pull request

**Version:** 2.{number}
**Describe the bug**
{what}

**Steps to reproduce**
1. Open the program
2. See the error

```
Traceback (most recent call last):
  File "main.py", line 1, in <module>
```
"""


@pytest.fixture
def stored(open_memory: Opener, compiled: CompiledEmbedder) -> Callable[..., ProceduralMemory]:
    """A memory with real embeddings of these tasks."""

    def opener(*tasks: str) -> ProceduralMemory:
        memory = open_memory(embedder=Ready(compiled))
        for number, task in enumerate(tasks):
            memory.record(task, [f"op{number} -> ok", f"end{number} -> ok"], "success")
        return memory

    return opener


@pytest.mark.parametrize(
    ("task", "asked"),
    [
        ("Add a column for the phone number to the customers table", "Drop the column for the phone number"),
        ("Heat an apple in the microwave", "Chill an apple in the fridge"),
        ("Resize the volume of the database server", "Delete the volume of the database server"),
        ("Deploy the shop to staging", "Roll back the shop on staging"),
        ("Deploy the container to the cluster", "Undeploy the container from the cluster"),
        ("Encrypt the backup of the mail server", "Decrypt the backup of the mail server"),
        ("Start the build agent on the new machine", "Stop the build agent on the new machine"),
        ("Lock the account of the customer", "Unlock the account of the customer"),
    ],
)
def test_the_opposite_of_what_was_done_gets_no_answer(stored: Callable[..., ProceduralMemory], task: str, asked: str):
    memory = stored(task)
    assert memory.recall(asked).matches == []
    assert memory.recall(task).matches[0].score > 0.9


def test_a_paraphrase_gets_its_procedure_with_a_probability_that_is_never_one(stored: Callable[..., ProceduralMemory]):
    memory = stored("Renew the TLS certificate of the ingress before it expires", "Bake a loaf of bread")
    (match,) = memory.recall("The ingress' TLS certificate runs out on Friday: get us a new one").matches
    assert match.procedure.id == 1 and 0.5 <= match.score <= 1
    (same,) = recall_reply(memory.recall("Bake a loaf of bread")).matches
    assert same.fit == 0.99


def test_reports_in_the_same_form_are_not_alike(stored: Callable[..., ProceduralMemory]):
    memory = stored(FORM.format(number=1, what="The export to PDF loses all pictures of the second chapter."))
    other = FORM.format(number=7, what="Logging in with a one-time code fails on slow networks.")
    assert memory.recall(other).matches == []
    assert memory.recall("pictures of a chapter are missing in the exported PDF").matches


def test_a_language_that_the_model_cannot_read_goes_by_words_alone_and_the_reply_says_so(
    stored: Callable[..., ProceduralMemory],
):
    memory = stored(
        "Add three bottles of olive oil to the cart", "Volle Root-Partition auf einem Debian-Server aufräumen"
    )
    chinese = memory.recall("写一首关于春天的诗")
    assert chinese.matches == []
    assert recall_reply(chinese).notes == ["Matched by words only: the embedding model does not read Chinese."]
    (match,) = memory.recall("Die volle Root-Partition auf dem Debian-Server aufräumen").matches
    assert match.procedure.id == 2


def test_the_values_of_a_task_do_not_make_it_another_one(stored: Callable[..., ProceduralMemory]):
    memory = stored("restart the invoice worker on host web-12", "rotate the key of service account ci-bot")
    assert memory.recall("restart the invoice worker on host web-31").matches[0].procedure.id == 1
    assert memory.recall("rotate the key of service account backup-bot").matches[0].procedure.id == 2


def test_without_a_model_words_alone_decide(open_memory: Opener):
    memory = open_memory(retrieve="hybrid")
    memory.record("rotate the key of the service account", ["rotate -> ok", "check -> ok"], "success")
    assert memory.recall("write a poem about the sea").matches == []


def test_of_tasks_that_are_all_as_near_none_is_meant():
    near = [0.6] * 30
    assert crowd_of(near) > crowd_of([0.6, *[0.1] * 29])
    alone, crowded = (Evidence(0.6, 0, 0, 0, 0, 0, 0, 0, crowd_of(cosines)) for cosines in ([0.6], near))
    assert probability(crowded) < probability(alone)


def test_several_procedures_for_one_task_are_no_crowd():
    assert crowd_of([0.9] * 6) == crowd_of([0.9])

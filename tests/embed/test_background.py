"""An embedder that loads on a thread: failures are kept and said."""

import threading

import pytest

from memp.embed import Embedder
from memp.embed.background import Loading
from memp.embed.hashing import HashingEmbedder
from memp.errors import EmbedderError


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (EmbedderError("There is no model."), "There is no model"),
        (OSError("out of\nmemory"), "the embedding model cannot be loaded (OSError: out of memory)"),
        (Exception("bare"), "the embedding model cannot be loaded (Exception: bare)"),
    ],
    ids=["expected", "system", "bare"],
)
def test_loading_that_fails_in_any_way_says_why(error: Exception, why: str, caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Embedder:
        raise error

    loading = Loading(load)
    assert loading.why_not == "the embedding model is still loading"
    after: list[str] = []
    loading.start(lambda: after.append("went on"))
    loading.wait(60)
    assert (loading.get(), loading.why_not, after) == (None, why, ["went on"])
    logged = [record for record in caplog.records if record.levelname == "ERROR" and record.exc_info]
    assert len(logged) == (not isinstance(error, EmbedderError))


def test_what_fails_after_loading_is_logged_and_the_embedder_kept(caplog: pytest.LogCaptureFixture) -> None:
    def then() -> None:
        raise RuntimeError("afterwards")

    loading = Loading(HashingEmbedder)
    loading.start(then)
    loading.wait(60)
    assert loading.get() is not None
    assert (loading.why_not, "afterwards" in caplog.text) == ("", True)


def test_who_asks_while_it_loads_waits_for_it_but_not_for_ever() -> None:
    may_end = threading.Event()

    def load() -> Embedder:
        may_end.wait(60)
        return HashingEmbedder()

    impatient, patient = Loading(load), Loading(load, patience=60)
    for loading in (impatient, patient):
        loading.start(lambda: None)
    assert impatient.get() is None
    threading.Timer(0.05, may_end.set).start()
    assert patient.get() is not None

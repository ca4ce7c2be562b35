"""The embedding model at the terminal: load it with a spinner, or compile it stage by stage."""

from memp.config import Settings
from memp.embed import Embedder
from memp.embed.background import Loading
from memp.embed.load import compile_model, open_embedder
from memp_clients.screen.terminal import Terminal


class NotNeeded:
    """The embedder of a command that embeds nothing."""

    def get(self) -> Embedder | None:
        return None

    @property
    def why_not(self) -> str:
        return ""


def loading(settings: Settings) -> Loading:
    """Start loading the embedder. A model that is missing is no error here: recall says that it goes by keywords."""
    source = Loading(lambda: open_embedder(settings.model, settings.cache))
    source.start(then=lambda: None)
    return source


def loaded(settings: Settings, terminal: Terminal) -> Loading:
    """Load the embedder, with a spinner."""
    source = loading(settings)
    with terminal.stages("Loading the embedding model"):
        source.wait()
    return source


def compile_with_stages(settings: Settings, terminal: Terminal) -> Embedder:
    """Compile the model, showing each stage."""
    with terminal.stages("Preparing the embedding model, once", lines=True) as stage:
        return compile_model(
            settings.model, settings.cache, lambda name: stage(f"Preparing the embedding model, once: {name}")
        )

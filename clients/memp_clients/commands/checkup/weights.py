"""Check of the compiled model, to the last byte of its weights."""

from memp.embed.compiled import CompiledEmbedder, damaged_parts
from memp_clients.commands.checkup.check import Check


def check_weights(embedder: CompiledEmbedder) -> Check:
    """Whether the compiled model is, to the last byte of its weights, the one that was written."""
    name, manifest = "weights", embedder.manifest
    if damaged := damaged_parts(embedder.folder, manifest):
        todo = f"Delete {embedder.folder}, run `memp setup`, then `memp doctor --deep --repair`."
        return Check(name, "fail", f"{', '.join(damaged)} in {embedder.folder} are not as they were written", todo)
    if not all(part.sha256 for part in manifest.parts.values()):
        todo = f"Delete {embedder.folder} and run `memp setup` to have one."
        return Check(name, "warn", "compiled by an older memp, without a hash of the weights", todo)
    return Check(name, "ok", "as they were written")

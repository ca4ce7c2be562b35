"""The prompt that a person may choose in a host: keep what was just done. It asks the host's model to call our own tool."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.prompts import Prompt
from pydantic import Field

KEEP = "keep"
TITLE = "Keep what we just did"


def keep(
    about: Annotated[str, Field(description="Which task, where there were several; empty: the last one")] = "",
) -> str:
    """Record the task that was just worked on, so that it is known how next time."""
    which = f"the task that this is about: {about}" if about.strip() else "the task that we just worked on"
    return (
        f"Keep {which}: call record_trajectory once. task: what was wanted, in a sentence as I would ask for it again. steps: "
        "what was really done, in order, each with its result, also errors and how they were overcome; nothing that was not "
        "done. outcome and evidence: only what showed it (a check with its exit status, my own words); where nothing did, "
        'outcome "unknown". used: the procedures that you followed, if any. script: your own how-to for next time. If '
        "it failed, call reflect_on_failure instead. Then tell me in a sentence what was kept."
    )


def add_prompts(server: MCPServer[None]) -> None:
    """Offer the prompt."""
    server.add_prompt(
        Prompt.from_function(keep, name=KEEP, title=TITLE, description=" ".join((keep.__doc__ or "").split()))
    )

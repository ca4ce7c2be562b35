"""Ask a language model for a script, and keep it only if it is grounded; one repair, in which it is told what is not."""

from typing import NamedTuple

from memp.build.written.answer import ScriptAnswer, script_of, unquoted
from memp.build.written.grounding import faults_of
from memp.build.written.request import Request
from memp.domain.procedure import Script
from memp.errors import InputError, LLMError, UngroundedError
from memp.llm import LLM, Answer


class Written(NamedTuple):
    """A grounded script, the model's whole answer, and the tokens of all that was asked for it."""

    script: Script
    answer: ScriptAnswer
    model: str
    input_tokens: int
    output_tokens: int
    repaired: bool = False


def write(llm: LLM, request: Request) -> Written:
    """The script that a language model writes, grounded in what the request was made of.

    Raises:
        LLMError: there was no answer.
        UngroundedError: the answer is not grounded, neither after the repair.
    """
    first = llm.ask(request.system, request.prompt, ScriptAnswer)
    script, faults = _read(first, request)
    if script is not None and not faults:
        return _written(script, first, repaired=first.repaired)
    if first.repaired:
        raise _ungrounded(llm, faults, first)
    try:
        second = llm.ask(request.system, _repair(request, first, faults), ScriptAnswer)
    except LLMError as error:
        raise _ungrounded(llm, [*faults, f"and of the repair came nothing: {error}"], first) from error
    script, faults = _read(second, request)
    if script is None or faults:
        raise _ungrounded(llm, faults, first, second)
    return _written(script, first, second, repaired=True)


def _read(answer: Answer[ScriptAnswer], request: Request) -> tuple[Script | None, list[str]]:
    """The script of an answer, and what in it is not grounded."""
    try:
        script = script_of(answer.value)
    except InputError as error:
        return None, [str(error)]
    return script, faults_of(script, request.ground, of_runs=request.of_runs)


def _written(script: Script, *answers: Answer[ScriptAnswer], repaired: bool) -> Written:
    return Written(
        unquoted(script),
        answers[-1].value,
        answers[-1].model,
        sum(answer.input_tokens for answer in answers),
        sum(answer.output_tokens for answer in answers),
        repaired,
    )


def _repair(request: Request, answer: Answer[ScriptAnswer], faults: list[str]) -> str:
    listed = "\n".join(f"- {fault}" for fault in faults)
    return (
        f"{request.prompt}\n\nYour answer was:\n{answer.value.model_dump_json(exclude_defaults=True)}\n\n"
        f"It cannot be kept, since not all of it is in the record:\n{listed}\nAnswer again, with this corrected."
    )


def _ungrounded(llm: LLM, faults: list[str], *answers: Answer[ScriptAnswer]) -> UngroundedError:
    return UngroundedError(
        f"The script of '{llm.name}' was not kept, as the runs do not bear it out: {'; '.join(faults)}.",
        sum(answer.input_tokens + answer.output_tokens for answer in answers),
    )

"""Build, m = B(tau, r) (Memp, section 3.2): who writes the script of a successful run, and the one place that decides
whether a language model is asked at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memp.build.assessment import SECRET_IN_EVIDENCE, Judged, as_told, assessed
from memp.build.builders import BUILDERS, Source
from memp.domain.procedure import Builder, Draft, Script
from memp.domain.results import BuilderChoice, Options
from memp.domain.trajectory import Trajectory
from memp.errors import InputError, LLMError, UngroundedError
from memp.inputs.outcome import is_unknown, parse_evidence
from memp.llm import LLM


def asks_model(choice: BuilderChoice) -> bool:
    """Whether this setting of MEMP_BUILDER lets a language model be asked: for scripts, judgements and revisions."""
    return choice in ("auto", "claude")


@dataclass(frozen=True)
class ScriptBuilder:
    """Builds scripts from runs; `llm` is asked where there is one and the settings allow it."""

    llm: LLM | None
    options: Options

    @classmethod
    def of(cls, llm: LLM | None, options: Options) -> "ScriptBuilder":
        """A builder with the language model that may be asked: none where the setting forbids it."""
        return cls(llm if asks_model(options.builder) else None, options)

    def judged(self, run: Trajectory, outcome: object, evidence: str | None, script: Script | None) -> Judged:
        """The run with its reward and evidence, assessed where the outcome is "unknown", or none is named.

        Raises:
            InputError: the outcome cannot be used.
        """
        known, secrets = parse_evidence(evidence)
        if is_unknown(outcome):
            judged = assessed(run, script.verification if script else "", self.llm)
        else:
            judged = as_told(run, outcome, known, self.options.success_reward)
        notes = [SECRET_IN_EVIDENCE] if secrets else []
        return judged._replace(notes=[*notes, *judged.notes])

    def author(self, script: Script | None) -> Builder:
        """Who writes the script: a caller's own always wins, then Claude where configured, then the rules.

        Raises:
            InputError: the setting asks for a script of the caller's, and none was passed.
        """
        if script is not None:
            return "caller"
        if self.options.builder == "caller":
            raise InputError("MEMP_BUILDER is 'caller': pass 'script' with the record, as {goal, steps: [...]}.")
        return "claude" if self.llm is not None or self.options.builder == "claude" else "extractive"

    def draft(
        self, author: Builder, run: Trajectory, facts: Sequence[str], script: Script | None, run_id: int
    ) -> Draft:  # fmt: skip
        """The script of a successful run, by `author`; `run_id` is the run as it is stored.

        Raises:
            LLMError: the language model gave no usable script; the run is stored.
            UngroundedError: it gave one that says what the run does not.
        """
        try:
            return BUILDERS[author](Source(run, facts, script, self.llm, self.options.success_reward))
        except UngroundedError:
            raise
        except LLMError as error:
            raise LLMError(
                f"{error} The run is stored as t{run_id}: record it again to retry, or pass 'script'."
            ) from error

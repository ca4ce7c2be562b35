"""Write memp/embed/default_model.json: what sentence-transformers makes of the default model.

    python scripts/default_model.py

Run it after a change to memp/embed/pairs.jsonl, sentences.json or the rule of calibrate.py; a test notices when it is due.
"""

from memp.embed.calibrate import SHIPPED, Shipped, calibration_of, version
from memp.embed.compiled import PROBE
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import DEFAULT_MODEL, find_weights


def main() -> None:
    original = SentenceTransformerEmbedder(DEFAULT_MODEL)
    probe = tuple(round(float(value), 7) for value in original.encode([PROBE])[0])
    made = Shipped(
        digest=find_weights(DEFAULT_MODEL).digest(),
        version=version(),
        calibration=calibration_of(original.encode),
        probe=probe,
    )
    SHIPPED.write_text(made.model_dump_json() + "\n", encoding="utf-8", newline="\n")
    print(f"{SHIPPED.name} is written.")


if __name__ == "__main__":
    main()

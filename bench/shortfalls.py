"""Why a row of performance does not reach its aim: one sentence each, by what the row is called."""

SHORTFALLS: dict[str, str] = {
    "CPU to the answer of initialize / bare SDK server": (
        "The models of the replies and of runs are imported as well, some 35 ms; the rest is the SDK, in both."
    ),
    "CPU from spawn to the first recall by meaning / bare SDK server": (
        "numpy, the file, the model and a record are within it; the bare server is measured up to its answer."
    ),
    "CPU from a fresh home to the first recall by meaning": "It varies by a tenth with what else the machine does.",
    **{
        f"record in {size}, {kind}: p50 / embedding its own texts": (
            "By one text is divided, as key facts have no vectors; what is left is SQL, the draft, and joining the family anew."
        )
        for size in ("1,000", "10,000")
        for kind in ("joins none", "joins a dozen", "task seen before")
    },
    **{
        f"memp hook, {call} / bare Python": "Most of it is the start of Python's own modules (re, json, enum) and of SQLite."
        for call in ("tool: a known error", "tool: another error", "tool, as Cursor", "start", "end")
    },
    **{
        f"recall among {among}, {kind} / embedding its query alone": (
            "Beside the embedding it searches tasks and runs, weighs some eighty near texts and the outcomes of thirty "
            "procedures, and notes what it showed."
        )
        for among in (
            "1,000 procedures in 1 scope",
            "10,000 procedures in 1 scope",
            "100,000 procedures in 1 scope",
            "100,000 procedures in 100 scopes",
        )
        for kind in ("p50", "CPU")
    },
    **{
        f"bulk import of {size}: the embedder's own CPU / all": "The rest is reading, drafting and SQL, and grows no faster."
        for size in ("500", "2,000")
    },
    **{
        f"resident after {calls}": (
            "Half of it is the model: its weights as they are packed for products, and onnxruntime's own code; a third is the "
            "SDK's imports and numpy, which a server without a memory has as well."
        )
        for calls in (
            "2,000 recalls over 50 procedures",
            "2,000 recalls over 10,000 procedures",
            "1,500 calls, every second a record",
        )
    },
    **{
        f"{what}memp-slim by pip{where}": "The model's weights (92 MB) and onnxruntime (82 MB) are half of it; numpy is next."
        for what, where in (("downloaded to install ", ""), ("", " on disk"))
    },
    "... the longest": "The embedding of all processes shares two cores.",
}

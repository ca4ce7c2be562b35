"""Pages on one procedure, run or recall: `memp show`, `memp why`, `memp recalls` and `memp recall --explain`."""

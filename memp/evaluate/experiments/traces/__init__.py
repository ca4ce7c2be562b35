"""Own traces: how well Build makes procedures of labelled runs (tests/traces/README.md says what the labels mean)."""

"""Names of parameters, by what the runs of a family say."""

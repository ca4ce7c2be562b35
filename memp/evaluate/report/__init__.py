"""Reports of experiments: tables, plots, statistics and pages."""

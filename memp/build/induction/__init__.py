"""Induction: from aligned runs to steps in general terms, their parameters, and the conditions of what only some runs did."""

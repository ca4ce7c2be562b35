"""Build, m = B(tau, r) (Memp, section 3.2): turn a successful trajectory into a procedure."""

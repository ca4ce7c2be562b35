"""A person's decisions on procedures and runs: `memp review`, `forget`, `tidy` and `revoke`."""

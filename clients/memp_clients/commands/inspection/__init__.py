"""Pages on one procedure or run: `memp show` and `memp why`."""

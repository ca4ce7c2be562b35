"""Random inputs for bench/fuzz.py: texts and values, and what tools, importers and commands are given of them."""

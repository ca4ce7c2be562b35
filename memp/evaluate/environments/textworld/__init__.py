"""TextWorld's game engine in plain Python: PDDL problems played through a grammar of texts."""

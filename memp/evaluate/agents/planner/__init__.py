"""The planner: a scripted agent that plans trips by what a memory says, and by chance where it says nothing."""

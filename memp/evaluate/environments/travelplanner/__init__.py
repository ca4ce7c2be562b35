"""TravelPlanner (Xie et al., ICML 2024): its tables, its checks, and trips to plan as an environment."""

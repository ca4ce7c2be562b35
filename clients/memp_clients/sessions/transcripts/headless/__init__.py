"""What clients print when they run without a terminal, as CI and benchmarks keep it. Most of it does not hold the prompt."""

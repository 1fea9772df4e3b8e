"""The parts of data-preserving simplification: what is tried, what it costs, and in which order."""

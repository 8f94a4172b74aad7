"""Experiments: what is compared, how it is run and kept, and what the answer is."""

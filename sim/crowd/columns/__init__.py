"""The compiled crowd's kernels: one file per step, each in terms of the rule functions and the keyed draws."""

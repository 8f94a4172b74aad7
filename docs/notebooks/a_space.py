# %% [markdown]
# # A comparison, and a sweep over what is assumed
# Run from the folder with `experiments/`; the sizes here are small, so that it takes a minute.

# %%
import tempfile
from pathlib import Path

import sim

folder = Path(tempfile.mkdtemp())
small = ["world.users=400", "time.days=5"]
result = sim.compare("experiments/moderation-tools.yaml", small, pairs=3, workers=1, out=folder / "compare")
for sentence in result.answer:
    print(sentence)

# %%
result.differences[["arm", "outcome", "difference", "low", "high", "unit"]].head()

# %%
result.figure("illegal_views")

# %% [markdown]
# Does the answer survive other values of what is assumed? `behaviour.joining` is one of them.

# %%
swept = sim.sweep("experiments/takedown-space.yaml", small, pairs=2, workers=1, out=folder / "sweep")
swept.sign_changes

# %%
figure = swept.figure("illegal_views", along="policy.moderation.takedown.delay")
assert len(figure.data) == 1

# %% [markdown]
# # One policy, one change
# A notebook as text: open it in Jupyter with jupytext, or run it as a script from the folder with `scenarios/`.

# %%
import sim

scenario = "scenarios/telegram.yaml"
small = ["world.users=600", "time.days=6"]  # leave these out for the shipped size
plain = sim.run(scenario, small)
plain.outcomes.loc[["harm", "illegal_views", "lawful_removed", "staff_cost"]]

# %% [markdown]
# Twice the reviewers, on the same seeds: what differs is due to them.

# %%
more = sim.run(scenario, [*small, "policy.moderation.reviewers.count=200"])
both = plain.outcomes[["value", "unit"]].assign(more=more.outcomes["value"])
both["difference"] = both["more"] - both["value"]
both.loc[both["difference"].abs() > 0]

# %% [markdown]
# Every run has tables; units are in `attrs`.

# %%
ticks = plain.frame("ticks")
print(ticks.attrs["units"]["views"])
daily = ticks.assign(day=ticks["tick"] // 24).groupby("day")["views"].sum()
assert len(daily) == 6

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How many coordinates are worth their bits?
#
# *Khirirat, Magnússon, Aytekin, Johansson: A Flexible Framework for Communication-Efficient Machine Learning, 2020.*
#
# One step of gradient descent with the T largest coordinates keeps the fraction α(T) of the improvement that the
# whole gradient promises. A message of T coordinates costs C(T). In every round CAT chooses the T with the largest
# α(T)/C(T), the most improvement per cost. The paper does the same with signs instead of values (β) and with
# stochastic sparsification (ω).
#
# This notebook reads the tables that `gradsieve reproduce khirirat2020` leaves in `results/`, and computes nothing of its
# own.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

root = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
results = root / "results" / "khirirat2020"
verdicts = pd.read_csv(root / "results" / "verdicts.csv")
verdicts = verdicts[verdicts.experiment.str.startswith("khirirat2020")]
for row in verdicts.itertuples():
    print(f"{row.figure} ({row.experiment})\n  paper: {row.paper_says}\n  here: {row.we_measured}")
    print(f"  {row.verdict}: {row.because}\n")

# %% [markdown]
# ## Improvement, cost, and their quotient
#
# The gradient of logistic regression over real rows of RCV1, in round 10. α is concave: the first coordinates bring most.
# β is not even monotone, and ω, which is unbiased, lies below α. The grey line is the worst case T/d of a flat gradient.
#
# Three costs: bits alone (*payload*), bits and a fixed part per message (*parameter-server*), and packets. In bits alone one
# coordinate is the most efficient message, since every further one brings less at the same price. A fixed part moves the
# best T to the right. With packets the curve has teeth: within a packet more coordinates cost nothing, so the best message
# is full.

# %%
curves = pd.read_csv(results / "efficiency" / "curves.csv")
now = curves[curves["round"] == 10]
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
one = now[now["network.name"] == "packet"]
for column, name in {"alpha": "α, values", "beta": "β, signs", "omega": "ω, stochastic"}.items():
    left.plot(one.k, one[column], label=name)
left.plot(one.k, one.kappa, color="grey", linestyle="--", label="T/d")
left.set(xscale="log", xlabel="T", ylabel="fraction of the improvement")
left.legend()
for name, rows in now.groupby("network.name", sort=False):
    middle.plot(rows.k, rows.seconds, label=name)
    right.plot(rows.k, rows.efficiency, label=name)
middle.set(xscale="log", yscale="log", xlabel="T", ylabel="C(T), simulated seconds")
right.set(xscale="log", yscale="log", xlabel="T", ylabel="α(T)/C(T)")
middle.legend()
plt.show()

# %% [markdown]
# ## CAT against every fixed T
#
# What each setting has spent when it first reaches a suboptimality of 1e-3: rounds, bits, and simulated seconds in packets.
# The dots are fixed T, the lines across are the settings that choose T themselves, and dense descent. Whether CAT is below
# the best dot is the question of the paper; that it is below *most* of them without knowing which T is best is its use.

# %%
level = 1e-3
experiments = {
    "cat-sparsification": ("values (S)", "method.compressor.k", 1),
    "cat-signs": ("signs (S+Q)", "method.compressor.k", 1),
    # A fixed T is written in the file as a packet of T coordinates of 80 bits.
    "cat-stochastic": ("stochastic S", "method.compressor.cost.packet_bits", 80),
}
figure, all_axes = plt.subplots(3, 3, figsize=(13, 10), layout="constrained", sharex=True)
for axes_row, (name, (title, column, unit)) in zip(all_axes, experiments.items()):
    rounds = pd.read_csv(results / name / "rounds.csv")
    there = rounds[rounds.suboptimality <= level].groupby("run", sort=False).first()
    for axes, y in zip(axes_row, ["round", "bits_up", "seconds"]):
        fixed = there.dropna(subset=[column]).groupby(column)[y].median()
        axes.plot(fixed.index / unit, fixed, "o-", label="fixed T")
        free = there[there[column].isna()].fillna({"method.compressor.cost.name": "dense"})
        for number, (cost, rows) in enumerate(free.groupby("method.compressor.cost.name", sort=False)):
            style = {"dense": ("grey", ":")}.get(cost, (f"C{number + 1}", "--"))
            axes.axhline(rows[y].median(), color=style[0], linestyle=style[1], label=cost if cost == "dense" else f"CAT, {cost}")
        axes.set(xscale="log", yscale="log", xlabel="T", ylabel=y, title=title)
all_axes[0, 0].legend(fontsize=8)
plt.show()

# %% [markdown]
# ## What CAT sends
#
# The number of coordinates that CAT chooses along the run, until rounding takes over.

# %%
rounds = pd.read_csv(results / "cat-sparsification" / "rounds.csv")
rounds = rounds[rounds.suboptimality > 1e-12]
figure, axes = plt.subplots(figsize=(6, 3.7), layout="constrained")
for cost, rows in rounds.dropna(subset=["method.compressor.cost.name"]).groupby("method.compressor.cost.name"):
    axes.plot(rows["round"], rows.entries_mean, label=f"CAT, {cost}")
axes.set(xscale="log", yscale="log", xlabel="round", ylabel="coordinates sent")
axes.legend()
plt.show()

# %% [markdown]
# ## Iteration complexity
#
# The tables of the paper say: T coordinates cost a factor 1/ᾱ in rounds, where ᾱ is the mean of α along the run, and never
# more than d/T. So the rounds that were needed, over those of dense descent, should be near 1/α, and the worst case far above.

# %%
rounds = pd.read_csv(results / "iteration-complexity" / "rounds.csv")
there = rounds[rounds.suboptimality <= level].groupby("label", sort=False).first()["round"].rename("rounds to 1e-3")
alpha = rounds.groupby("label", sort=False).observed_delta_mean.mean().rename("mean recorded α")
k = rounds.groupby("label", sort=False)["method.compressor.k"].first().rename("T")
table = pd.concat([k, there, alpha], axis=1)
table

# %% [markdown]
# ## Several workers
#
# The lemmas of the paper are about one worker. Here eight choose T by CAT and send without memory: what they drop is lost,
# and the mean of what they keep need not be a direction of descent. Stochastic sparsification is unbiased, but its noise remains where the
# gradients of the workers differ. Error feedback loses nothing, and needs a shorter step. Dashed: a tenth of the step 1/L.

# %%
rounds = pd.read_csv(results / "multi-node" / "rounds.csv")
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for step, own in rounds[rounds["round"] > 0].groupby("step_size.multiplier", sort=False):
    methods = own.groupby(["method.name", "method.compressor.name"], sort=False, dropna=False)
    for place, (name, rows) in enumerate(methods):
        median = rows.groupby("round")[["bits", "suboptimality"]].median()
        words = " ".join(word for word in name if isinstance(word, str))
        look = {"color": f"C{place}", "linestyle": "-" if step == 1 else "--", "label": words if step == 1 else None}
        axes.plot(median.bits, median.suboptimality, **look)
axes.set(xscale="log", yscale="log", xlabel="bits", ylabel="suboptimality", ylim=(1e-6, 1))
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## To think about
#
# 1. Why must CAT with the payload as its cost send one coordinate? (Use that α is concave and α(0) = 0.)
# 2. CAT is greedy: it looks at one step. Can a greedy choice be worse than a fixed T over a whole run? Look for a figure
#    above in which it is.
# 3. What would you change in C(T) if the gradient took longer to compute than to send?

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
# # Your own gradients
#
# You train a network and wonder which compressor suits it. Theory depends on two numbers: how much of the squared norm the
# k largest coordinates hold, and whether a formula knows the threshold that selects them. Both are properties of the
# numbers in your gradients, so look at your gradients.
#
# `examples/dump_gradients.py` trains a small PyTorch network on handwritten digits and writes the gradient of every layer
# at four steps; the loop is yours to copy. Then
#
#     gradsieve fit gradients --out results/your-own-gradients
#
# describes each of these vectors and fits eleven families of distributions to it. This notebook reads what that left in
# `results/your-own-gradients`, of which four tables are kept in the repository, and computes nothing of its own.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

root = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
folder = root / "results" / "your-own-gradients"
descriptions = pd.read_csv(folder / "descriptions.csv")
keys = ["tensor", "step"]
descriptions[[*keys, "n", "kurtosis", "gini", "k_for_half", "k_for_tenth"]]

# %% [markdown]
# One row per layer and step. The kurtosis of a normal distribution is 3; a larger one means heavy tails, hence few large entries.
# `gini` is that of the squares: 0 for equal magnitudes, near 1 where few entries hold the norm. `k_for_half` and
# `k_for_tenth` are the coordinates with which top-k leaves a half and a tenth of the squared norm.
#
# ## What top-k leaves
#
# The largest layer, one line per step, against the three bounds that hold for every vector (1 − k/d), for what Shi et al.
# call bell-shaped ((1 − k/d)²), and for unimodal entries ((1 − k/d)³). The four lines nearly coincide: here training
# changes the size of the gradient, and hardly its shape.

# %%
energy = pd.read_csv(folder / "energy.csv")
layer = descriptions.sort_values("n").tensor.iloc[-1]
# Every family has rows of its own; what was observed is the same in each.
observed = energy[energy.tensor == layer].drop_duplicates([*keys, "k"])
figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
for step, rows in observed.groupby("step"):
    axes.plot(rows.kappa, rows.observed, label=f"step {step}")
first = observed[observed.step == observed.step.min()]
for bound, style in {"linear": "--", "square": "-.", "cube": ":"}.items():
    axes.plot(first.kappa, first[bound], color="grey", linestyle=style, label=bound)
axes.set(xscale="log", xlabel="k/d", ylabel="fraction of the squared norm left", title=layer)
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## Which distribution is it?
#
# The families, the closest first by AIC. `deviation` is the largest difference between the distribution and all of your numbers: an
# effect size. A p-value near zero says that the distribution is *not* exactly this one, which with enough numbers is always true; a deviation
# of a hundredth says that for a threshold it may not matter.

# %%
fits = pd.read_csv(folder / "fits.csv")
fits[(fits.tensor == layer) & (fits["rank"] <= 3)][["step", "rank", "family", "deviation", "kolmogorov_smirnov_p"]]

# %% [markdown]
# ## Would a threshold from the distribution have worked?
#
# Gaussian_k, SIDCo and their like fit a distribution and take its quantile as the threshold. `kept_ratio` is how many coordinates are
# above the threshold of the closest family, over the number that were wanted: 1 is perfect. For a tenth of the coordinates
# every distribution is near 1. For a hundredth three of the four keep less than half, for a thousandth three keep none: the distributions have
# heavier tails than the gradient, and the more you want to save the more the threshold rests on the tail. This is why such methods correct what
# the formula gives.

# %%
nearest = fits[fits["rank"] == 1][[*keys, "family"]]
chosen = energy.merge(nearest, on=[*keys, "family"]).dropna(subset=["kept_ratio"])
figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
for (tensor, step), rows in chosen[chosen.tensor == layer].groupby(keys):
    axes.plot(rows.kappa, rows.kept_ratio, label=f"step {step}: {rows.family.iloc[0]}")
axes.axhline(1, color="grey", linestyle="--")
axes.set(xscale="log", yscale="log", xlabel="k/d wanted", ylabel="kept over wanted", title=layer)
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## To think about
#
# 1. With error feedback you compress gradient *plus* residual. Dump that instead: `residual + gradient`, before the
#    compressor. Is it flatter?
# 2. All layers as one vector (`gradsieve fit gradients --together`), or each by itself? Compare the k that a common
#    threshold gives to each layer.
# 3. Which of your layers would suffer most from RandK?

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
# # What do the bits buy?
#
# Sixteen workers learn to read handwritten digits together. Each round every worker computes a gradient from a few of
# its own images and sends it. *Dense SGD* sends all 650 coordinates. *TopK-SGD* and *RandK-SGD* send seven of them, the
# largest or random ones, and keep what they did not send as a residual that is added to the next gradient: error
# feedback.
#
# This notebook computes nothing about the methods. It reads the tables that
# `gradsieve run experiments/quickstart.toml` leaves in `results/quickstart`, and draws.
# `docs/results.md` explains every column.

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

# As a script it may be given another folder; as a notebook it reads the committed results.
root = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
folder = Path(sys.argv[1]) if "__file__" in globals() and len(sys.argv) > 1 else root / "results" / "quickstart"
rounds = pd.read_csv(folder / "rounds.csv")
summary = pd.read_csv(folder / "summary.csv")
comparison = pd.read_csv(folder / "comparison.csv")
comparison

# %% [markdown]
# One row per setting. The *level* is the suboptimality that every setting reaches; `bits_to_level` is what each paid
# until then. The interval is Student's, over the seeds.
#
# ## Rounds: it matters which coordinates are sent
#
# All methods see the same mini-batches. TopK-SGD starts more slowly, since it applies only part of each gradient at once;
# after some fifty rounds it follows dense SGD, because what is not sent now is sent later. RandK-SGD sends as many
# coordinates, but mostly ones that hardly move the loss. The thin lines are the seeds, the thick line their median; look
# at how far the seeds of one method spread before you rank methods.


# %%
def draw(x, y, rows=rounds, label="label"):
    """Every seed as a thin line, the median over seeds as a thick one."""
    figure, axes = plt.subplots(figsize=(6, 3.7), layout="constrained")
    for name, setting in rows.groupby(label, sort=False):
        # A logarithmic axis has no place for round 0.
        setting = setting[setting[x] > 0].dropna(subset=[y])
        if setting.empty:
            continue
        median = setting.groupby("round")[[x, y]].median()
        (line,) = axes.plot(median[x], median[y], linewidth=2, label=name)
        for _, seed in setting.groupby("seed"):
            axes.plot(seed[x], seed[y], linewidth=0.5, alpha=0.5, color=line.get_color())
    axes.set(xscale="log", xlabel=x, ylabel=y)
    axes.legend()
    return axes


draw("round", "suboptimality").set_yscale("log")
plt.show()

# %% [markdown]
# ## Bits: a large saving up, a small one down
#
# The same runs against the bits that travelled in both directions, counted from the encoded messages: headers and the
# positions of the coordinates included. On the way up seven coordinates need a sixtieth of the bits of 650. The way down
# is another matter: sixteen workers send different coordinates, and the mean of their messages holds about a hundred. The
# table below the figure separates the two. Whoever reports only the bits of the workers reports a factor that a network
# with a server does not see.

# %%
draw("bits", "suboptimality").set_yscale("log")
plt.show()

last = rounds[rounds["round"] == rounds["round"].max()].groupby("label", sort=False)[["bits_up", "bits_down"]].median()
last

# %% [markdown]
# ## Seconds: a model, not a measurement
#
# On a network time is latency plus bits over bandwidth. Messages of 650 coordinates are too small for bandwidth to
# matter, and what decides is the number of steps: dense messages are summed on a ring in 2(n − 1) steps, sparse ones
# are gathered in n − 1. That explains a factor of two; the bits explain almost nothing of it. The seconds come from a
# formula with assumed latencies: a reason to look at bits *and* seconds, and to distrust conclusions from either alone.

# %%
draw("seconds", "suboptimality").set_yscale("log")
plt.show()

# %% [markdown]
# ## How well do seven coordinates stand for 650?
#
# Theory bounds the part of a vector that a compressor keeps: `E‖C(p) − p‖² ≤ (1 − δ)‖p‖²`. For both operators the
# proved δ is k/d = 7/650. RandK keeps that much on average and no more; the observed δ of TopK lies well above it, because
# a few coordinates hold most of what it compresses. This is why its residual is smaller.

# %%
axes = draw("round", "observed_delta_mean")
axes.axhline(7 / 650, color="black", linestyle=":", label="7/650")
axes.legend()
plt.show()

draw("round", "residual_squared_mean").set_yscale("log")
plt.show()

# %% [markdown]
# ## What this does not show
#
# One small data set, one step-size schedule for all three methods, seven coordinates. Change a key in
# `experiments/quickstart.toml` into a list and it becomes an axis; `README.md` lists what such experiments cannot show.

# %%
summary[["label", "seed", "outcome", "rounds", "final_suboptimality", "final_bits", "final_seconds"]]

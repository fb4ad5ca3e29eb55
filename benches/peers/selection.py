"""Exact top-k and a step of error feedback in NumPy and PyTorch beside `gradsieve bench selection`: called by run.sh.

The step is `residual += w·gradient`, the k largest magnitudes, their values out of the residual. Single precision,
gradients whose scales differ from layer to layer, on a residual that earlier steps left. gradsieve measures its own
rows, and the peers run right after it, turn by turn; a ratio is formed within a turn.

    python selection.py PROGRAM TURNS
"""

import csv
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

try:
    import torch
except ImportError:
    torch = None

DIM = 25_600_000
DENSITIES = (0.001, 0.01, 0.1)
STEPS_BEFORE = 4
WEIGHT = np.float32(0.1)
RATIO = 25  # PyTorch's seconds per step of gradsieve's, one thread against one, at least


def gradient(seed):
    """Sums of four uniform numbers, nearly normal, with a scale that grows from layer to layer of eight."""
    generator = np.random.default_rng(seed)
    sums = sum(generator.random(DIM, dtype=np.float32) for _ in range(4)) - np.float32(2.0)
    return sums * (1 + np.arange(DIM) * 8 // DIM).astype(np.float32)


class NumPy:
    name = "NumPy"
    threads = (1,)  # argpartition knows no others

    def __init__(self, gradients, k):
        self.gradients, self.k = gradients, k
        self.residual = np.zeros(DIM, dtype=np.float32)
        self.scratch = np.empty(DIM, dtype=np.float32)
        self.n_steps = 0

    def select(self):
        np.abs(self.residual, out=self.scratch)
        return np.argpartition(self.scratch, DIM - self.k)[DIM - self.k:]

    def step(self):
        self.n_steps += 1
        np.multiply(self.gradients[self.n_steps % len(self.gradients)], WEIGHT, out=self.scratch)
        self.residual += self.scratch
        selected = self.select()
        values = self.residual[selected]
        self.residual[selected] = 0.0
        return values


class PyTorch:
    name = "PyTorch"
    threads = (1, 2)

    def __init__(self, gradients, k):
        self.gradients, self.k = [torch.from_numpy(gradient) for gradient in gradients], k
        self.residual = torch.zeros(DIM)
        self.n_steps = 0

    def select(self):
        return torch.topk(self.residual.abs(), self.k, sorted=False).indices

    def step(self):
        self.n_steps += 1
        self.residual.add_(self.gradients[self.n_steps % len(self.gradients)], alpha=float(WEIGHT))
        selected = self.select()
        values = self.residual[selected]
        self.residual[selected] = 0.0
        return values


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(program, out, threads):
    """Median seconds by (name, k/d) of the rows at DIM."""
    subprocess.run([program, "bench", "selection", "--threads", str(max(2, threads)), "--no-plots", "--quiet", "--out", out],
                   check=True)
    with open(pathlib.Path(out) / "selection.csv", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["numbers"] == "f32" and int(row["dim"]) == DIM]
    return {(row["name"], float(row["setting"].split("=")[1]), int(row["threads"])): float(row["seconds"]) for row in rows}


def main():
    program, turns = sys.argv[1], int(sys.argv[2])
    peers = [NumPy] + ([PyTorch] if torch else [])
    if torch is None:
        print("PyTorch is not installed: left out")
    gradients = [gradient(seed) for seed in range(2)]
    ratios = {}
    times = {}
    with tempfile.TemporaryDirectory() as out:
        for turn in range(turns):
            own = ours(program, out, 2)
            for density in DENSITIES:
                k = int(density * DIM)
                messages = []
                for peer in peers:
                    running = peer(gradients, k)
                    for _ in range(STEPS_BEFORE):
                        last = running.step()
                    messages.append(np.sort(np.abs(np.asarray(last))))
                    for threads in peer.threads:
                        if torch:
                            torch.set_num_threads(threads)
                        for work, name in ((running.select, "cold"), (running.step, "step")):
                            took = seconds(work)
                            key = (name, density, threads)
                            times.setdefault((peer.name, *key), []).append(took)
                            times.setdefault(("gradsieve", *key), []).append(own[key])
                            ratios.setdefault((peer.name, *key), []).append(took / own[key])
                # The peers did the same: exact selections of one vector have the same magnitudes.
                if any(not np.allclose(messages[0], other, rtol=1e-5) for other in messages[1:]):
                    sys.exit(f"the peers selected different magnitudes at k/d = {density}")
    print(f"single precision, d = {DIM}, medians of {turns} turns; ratio: theirs over gradsieve's, within a turn (lowest to highest)")
    print("work            k/d    threads  peer     theirs      gradsieve   ratio")
    words = {"cold": "exact top-k", "step": "step"}
    reached = True
    for (peer, name, density, threads), values in sorted(ratios.items(), key=lambda item: item[0][1:] + item[0][:1]):
        theirs = statistics.median(times[peer, name, density, threads])
        own = statistics.median(times["gradsieve", name, density, threads])
        ratio = statistics.median(values)
        print(f"{words[name]:14}  {density:5}  {threads:7}  {peer:7}  {1e3 * theirs:7.1f} ms  {1e3 * own:7.2f} ms  "
              f"{ratio:5.1f}  ({min(values):.1f} to {max(values):.1f})")
        if (peer, name, threads) == ("PyTorch", "step", 1) and ratio < RATIO:
            reached = False
    if not reached:
        sys.exit(f"not reached: {RATIO} times the step of PyTorch, one thread against one")


if __name__ == "__main__":
    main()

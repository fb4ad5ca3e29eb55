"""Gradients of the networks of benches/neural.rs in PyTorch, on one thread.

Reads lines `NETWORK BATCH SECONDS` and answers each with samples per second: forward, backward, and the gradient as one
flat vector, as gradsieve hands it to a compressor. Parameters come from a flat vector as well.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

torch.set_num_threads(1)

NETWORKS = {
    "fnn": lambda: nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    ),
    "lenet-5": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ),
}


def throughput(network, batch, seconds):
    model = NETWORKS[network]()
    x = parameters_to_vector(model.parameters()).detach().clone()
    rows = torch.rand(batch, 784)
    labels = torch.arange(batch) % 10

    def gradient():
        vector_to_parameters(x, model.parameters())
        model.zero_grad()
        F.cross_entropy(model(rows), labels).backward()
        return torch.cat([p.grad.reshape(-1) for p in model.parameters()])

    gradient()
    start, n = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        gradient()
        n += batch
    return n / (time.perf_counter() - start)


print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} thread", flush=True)
for line in sys.stdin:
    name, batch, seconds = line.split()
    print(throughput(name, int(batch), float(seconds)), flush=True)

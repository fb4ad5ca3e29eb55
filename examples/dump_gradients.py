"""Gradients of a small PyTorch network, as files for `gradsieve fit`.

Trains on the digits that are part of this repository and writes the gradient of every layer at a few steps:

    pip install torch safetensors
    python examples/dump_gradients.py gradients
    cargo run --release -- fit gradients
"""

import csv
import gzip
import pathlib
import sys

import torch
from safetensors.torch import save_file

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "gradients")
folder.mkdir(parents=True, exist_ok=True)
digits = pathlib.Path(__file__).resolve().parent.parent / "src" / "dataset" / "embedded" / "digits.csv.gz"
with gzip.open(digits, "rt") as lines:
    rows = torch.tensor([[float(cell) for cell in row] for row in csv.reader(lines)])
images, labels = rows[:, :-1] / 16, rows[:, -1].long()

torch.manual_seed(1)
torch.set_num_threads(1)
model = torch.nn.Sequential(
    torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 48), torch.nn.Tanh(), torch.nn.Linear(48, 10)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(1001):
    batch = torch.randint(len(images), (32,))
    loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    if step in (0, 10, 100, 1000):  # after loss.backward(), before optimizer.step()
        gradients = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
        save_file(gradients, folder / f"step_{step}.safetensors")
        print(f"step {step}: loss {loss.item():.4f}")
    optimizer.step()

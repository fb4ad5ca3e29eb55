"""Random experiments, checked: a theorem that is called violated is a false alarm. See README.md."""

import argparse
import collections
import csv
import pathlib
import random
import subprocess
import sys

OBJECTIVES = [
    "{{ name = 'quadratic', dim = {dim}, strong_convexity = {mu}, smoothness = {l}, spectrum = '{spectrum}', "
    "heterogeneity = {heterogeneity}, noise = {noise}, seed = {seed} }}",
    "{{ name = 'least-squares', regularization = {regularization} }}\n"
    "dataset = {{ name = 'linear-regression', n_rows = 60, n_features = {dim}, condition_number = 50.0, noise = 0.1, seed = {seed} }}",
    "{{ name = 'logistic', regularization = {regularization} }}\n"
    "dataset = {{ name = 'sparse-logistic', n_rows = 60, n_features = 40, entries_per_row = 5, decay_exponent = 1.1, "
    "label_noise = 0.05, seed = {seed} }}",
]
COMPRESSORS = [
    "{{ name = 'top-k', k = {k} }}",
    "{{ name = 'rand-k', k = {k} }}",
    "{{ name = 'rand-k-unbiased', k = {k} }}",
    "{{ name = 'rand-k-shared', k = {k} }}",
    "{{ name = 'scaled-sign' }}",
    "{{ name = 'identity' }}",
    "{{ name = 'qsgd', levels = {levels} }}",
    "{{ name = 'terngrad' }}",
    "{{ name = 'natural-compression' }}",
    "{{ name = 'natural-dithering', levels = {levels} }}",
    "{{ name = 'hard-threshold', threshold = 0.1 }}",
    "{{ name = 'top-k-signs', k = {k} }}",
]
METHODS = [
    "{{ name = 'compressed-sgd', compressor = {c} }}",
    "{{ name = 'error-feedback', compressor = {c} }}",
    "{{ name = 'error-feedback-gradient-units', compressor = {c} }}",
    "{{ name = 'ef21', compressor = {c} }}",
    "{{ name = 'ef21-sgdm', compressor = {c}, momentum = 0.3 }}",
    "{{ name = 'diana', compressor = {c}, memory_rate = 0.2 }}",
    "{{ name = 'marina', compressor = {c}, probability = 0.3 }}",
    "{{ name = 'sgd' }}",
]
STEPS = ["0.01", "0.1", "0.5", "3.0", "30.0", "{ name = 'inverse', numerator = 5.0, shift = 20.0 }"]


def experiment(draw: random.Random) -> str:
    """The text of one experiment."""
    dim = draw.choice([2, 5, 8, 20])
    n_workers = draw.choice([1, 1, 3])
    objective = draw.choice(OBJECTIVES).format(
        dim=dim,
        mu=draw.choice([0.1, 0.5, 1.0]),
        l=draw.choice([1.0, 3.0, 90.0]),
        spectrum=draw.choice(["linear", "geometric"]),
        heterogeneity=draw.choice([0.0, 1.0]) if n_workers > 1 else 0.0,
        noise=draw.choice([0.0, 0.0, 0.5]),
        regularization=draw.choice(["0.0", "1e-3", "0.1"]),
        seed=draw.randrange(100),
    )
    k = draw.choice([1, 2, "0.5", "1.0"])
    compressor = draw.choice(COMPRESSORS).format(k=k, levels=draw.choice([1, 2, 5]))
    head, *data = objective.split("\n")
    batch = draw.choice(["'full'", "1", "4"]) if data else "'full'"
    return "\n".join(
        [
            f"seeds = {list(range(1, 1 + draw.choice([1, 3, 5, 10])))}",
            f"objective = {head}",
            *data,
            f"n_workers = {n_workers}",
            f"rounds = {draw.choice([1, 20, 200])}",
            f"batch_size = {batch}",
            f"step_size = {draw.choice(STEPS)}",
            f"initial = '{draw.choice(['ones', 'normal', 'zeros'])}'",
            f"method = {draw.choice(METHODS).format(c=compressor)}",
            f"wire = {{ encoding = 'raw', values = '{draw.choice(['f64', 'f32'])}' }}",
            f"record = {{ metrics = ['loss'], schedule = {{ {draw.choice(['every = 1', 'every = 10', 'per_decade = 20'])} }} }}",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="experiments")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one experiment")
    parser.add_argument("--program", default="target/release/gradsieve")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("target/truth"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(arguments.seed)
    verdicts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    refused: collections.Counter = collections.Counter()
    faults = []
    for number in range(arguments.count):
        file = arguments.out / f"{arguments.seed}-{number:04}.toml"
        file.write_text(experiment(draw) + "\n")
        folder = file.with_suffix("")
        command = [arguments.program, "check", str(file), "--out", str(folder), "--no-plots", "--quiet"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=arguments.limit, check=False)
        except subprocess.TimeoutExpired:
            faults.append(f"{file}: no end after {arguments.limit} s")
            continue
        if done.returncode == 2:
            refused[done.stderr.strip().splitlines()[0].split(": ", 2)[-1][:110]] += 1
            continue
        if done.returncode not in (0, 1):
            faults.append(f"{file}: exit code {done.returncode}: {done.stderr.strip()[-300:]}")
            continue
        with open(folder / "checks.csv", newline="", encoding="utf-8") as table:
            for row in csv.DictReader(table):
                verdicts[row["theorem"]][row["verdict"]] += 1
                if row["verdict"] == "violated":
                    faults.append(f"{file}: {row['theorem']}: bound {row['bound']}, observed {row['observed']}")
                if row["verdict"] != "not-applicable" and "nan" in (row["bound"] + row["observed"]).lower():
                    faults.append(f"{file}: {row['theorem']}: bound {row['bound']}, observed {row['observed']}")
    names = ["holds", "inconclusive", "assumption-violated", "violated"]
    print(f"{'theorem':16}" + "".join(f"{name:>21}" for name in names))
    for theorem, counts in sorted(verdicts.items()):
        if any(counts[name] for name in names):
            print(f"{theorem:16}" + "".join(f"{counts[name]:21}" for name in names))
    print(f"{arguments.count} experiments, {sum(refused.values())} refused:")
    for message, count in refused.most_common(10):
        print(f"  {count} × {message}")
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

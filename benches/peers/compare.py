"""Runs gradsieve and the NumPy twin in turns and compares them: called by run.sh."""

import csv
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
N_WORKERS = 16
FULL = 25  # rounds of news20.toml whose loss is compared
# Rows of a mini-batch: short and long run of news20.toml, rounds of the twin, and how many of gradsieve's steps there
# are at least to one of either twin.
BATCHES = {"1": (201, 4201, 100, 100), "32": (200, 2200, 100, 60), "full": (FULL, 425, 5, 1)}
KINDS = ("plain", "tuned")
LOSS_TOLERANCE = 1e-9  # relative; both sum some 10⁶ terms of magnitude one in different orders
MEMORY = 1.3  # times N·d·8 bytes, at most


def gradsieve(program, data, experiment, out, *arguments):
    """Runs an experiment from scratch and returns its processor time, which other load on the machine disturbs least.
    Reading the data, starting, and recording cancel in the difference between a long and a short run."""
    command = [program, "run", str(HERE / experiment), "--data-dir", data, "--out", out, "--threads", "1", "--force",
               "--quiet", "--no-plots", "--checkpoint-seconds", "1000000", *arguments]
    start = processor_seconds()
    subprocess.run(command, check=True)
    return processor_seconds() - start


def processor_seconds():
    """Of all children so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def final_loss(out):
    with open(pathlib.Path(out) / "summary.csv", newline="") as text:
        return float(next(csv.DictReader(text))["final_loss"])


def main():
    program, data, repetitions = sys.argv[1], sys.argv[2], int(sys.argv[3])
    found = [path for path in pathlib.Path(data).rglob("news20-halves.bz2")]
    if not found:
        sys.exit(f"news20-halves.bz2 is not below {data}")
    twin = [sys.executable, str(HERE / "numpy_twin.py")]

    def ask(kind, command, rounds, *batch):
        command = [*twin, kind, command, str(found[0]), str(rounds), *batch]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    failures = []
    with tempfile.TemporaryDirectory() as out:
        # The memory first: the largest child so far is then this one.
        gradsieve(program, data, "many_workers.toml", f"{out}/many")
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        residuals = 10_000 * 10_000 * 8
        print(f"10,000 workers at d = 10,000: {largest / 1e6:.0f} MB, {largest / residuals:.3f} times N·d·8 bytes")
        if largest > MEMORY * residuals:
            failures.append("memory")

        gradsieve(program, data, "news20.toml", f"{out}/full", "--filter", f"rounds={FULL}")
        ours = final_loss(f"{out}/full")
        print(f"loss after {FULL} rounds of full gradients: gradsieve {ours!r}")
        for kind in KINDS:
            theirs = ask(kind, "loss", FULL)
            print(f"  NumPy, {kind}: {theirs!r}")
            if abs(ours - theirs) > LOSS_TOLERANCE * abs(theirs):
                failures.append(f"loss ({kind})")

        print(f"worker-steps per second of processor time, medians of {repetitions} turns (lowest to highest), one thread;")
        print("how many times as fast gradsieve is, turn by turn, since the speed of a machine drifts:")
        for batch, (short, long, twin_rounds, least) in BATCHES.items():
            rates = {"gradsieve": []} | {f"NumPy, {kind}": [] for kind in KINDS}
            for _ in range(repetitions):
                spent = [gradsieve(program, data, "news20.toml", f"{out}/{rounds}", "--filter", f"rounds={rounds}")
                         for rounds in (short, long)]
                rates["gradsieve"].append(N_WORKERS * (long - short) / (spent[1] - spent[0]))
                for kind in KINDS:
                    rates[f"NumPy, {kind}"].append(ask(kind, "time", twin_rounds, batch))
            for name, own in rates.items():
                line = f"  batch {batch:4}  {name:12} {statistics.median(own):8.0f}  ({min(own):.0f} to {max(own):.0f})"
                if name != "gradsieve":
                    ratios = [ours / theirs for ours, theirs in zip(rates["gradsieve"], own)]
                    line += f"  {statistics.median(ratios):.1f} times  ({min(ratios):.1f} to {max(ratios):.1f})"
                    if statistics.median(ratios) < least:
                        failures.append(f"{least} times {name} at batch {batch}")
                print(line)
    if failures:
        sys.exit("not reached: " + ", ".join(failures))


if __name__ == "__main__":
    main()

"""The algorithm of news20.toml in NumPy and SciPy: error feedback with Top-k on L2-logistic regression.

Two twins, both float64, CSR, without a loop over rows or coordinates, and with `argpartition` (vector code in NumPy 2)
for the selection:

- `plain`: what the formulas say, one worker after the other; slices rows, forms the gradient, adds, selects.
- `tuned`: one slice per round for all workers, the regularizer once per round, gradients scattered into the residuals,
  everything of length d in place. What is left to Python is a loop over 16 workers.

    python numpy_twin.py plain|tuned time DATA ROUNDS BATCH   prints worker-steps per second of processor time, of the
                                                              loop alone; BATCH rows per worker, or `full`
    python numpy_twin.py plain|tuned loss DATA ROUNDS         prints the loss after ROUNDS rounds of full gradients, from
                                                              zero
"""

import bz2
import sys
import time

import numpy as np
import scipy.sparse as sp

N_WORKERS, REGULARIZATION, STEP_SIZE, DENSITY, DIM = 16, 1e-4, 1.0, 0.001, 62_061
WARM_UP = 10  # rounds before the clock starts


def read(path):
    """LIBSVM text, .bz2, labels ±1, indices from 1."""
    labels, indptr, indices, values = [], [0], [], []
    with bz2.open(path, "rt") as text:
        for line in text:
            label, *entries = line.split()
            labels.append(float(label))
            for entry in entries:
                index, value = entry.split(":")
                indices.append(int(index) - 1)
                values.append(float(value))
            indptr.append(len(indices))
    rows = sp.csr_matrix((values, np.array(indices, dtype=np.int32), np.array(indptr, dtype=np.int32)),
                         shape=(len(labels), DIM))
    return rows, np.array(labels)


def shares(n_rows):
    """Consecutive shares whose sizes differ by at most one, the larger first: first rows and sizes."""
    base, larger = divmod(n_rows, N_WORKERS)
    sizes = np.array([base + (worker < larger) for worker in range(N_WORKERS)])
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes


def slopes(margins, labels):
    """ϕ'(z) of log(1 + exp(−bz))."""
    return -labels / (1.0 + np.exp(labels * margins))


def largest(magnitudes, k):
    """The k largest, in any order; ties as they fall."""
    return np.argpartition(magnitudes, magnitudes.size - k)[-k:]


def largest_by_index(magnitudes, k):
    """The k largest, ties to the lower index, as gradsieve breaks them: slower, for the comparison of losses."""
    return np.argsort(-magnitudes, kind="stable")[:k]


class Plain:
    def __init__(self, rows, labels, select):
        self.rows, self.labels, self.select = rows, labels, select
        self.k = max(1, round(DENSITY * DIM))
        self.x = np.zeros(DIM)
        self.residuals = np.zeros((N_WORKERS, DIM))

    def round(self, batch, sizes):
        """One round; `batch` holds the row numbers of all workers, `sizes[i]` of them for worker i."""
        mean = np.zeros(DIM)
        for residual, own in zip(self.residuals, np.split(batch, np.cumsum(sizes)[:-1])):
            rows, labels = self.rows[own], self.labels[own]
            gradient = rows.T @ slopes(rows @ self.x, labels) / own.size + REGULARIZATION * self.x
            residual += STEP_SIZE * gradient  # p = e + γ g
            selected = self.select(np.abs(residual), self.k)
            mean[selected] += residual[selected] / N_WORKERS  # c = C(p)
            residual[selected] = 0.0  # e = p − c
        self.x -= mean

    def loss(self, first, sizes):
        terms = np.logaddexp(0.0, -self.labels * (self.rows @ self.x))
        means = [terms[start:start + size].mean() for start, size in zip(first, sizes)]
        return np.mean(means) + 0.5 * REGULARIZATION * self.x @ self.x


class Tuned(Plain):
    def __init__(self, rows, labels, select):
        super().__init__(rows, labels, select)
        self.shared = np.empty(DIM)
        self.magnitudes = np.empty(DIM)

    def round(self, batch, sizes):
        """One round; `batch` holds the row numbers of all workers, `sizes[i]` of them for worker i."""
        rows, labels = self.rows[batch], self.labels[batch]
        weights = slopes(rows @ self.x, labels) * np.repeat(STEP_SIZE / sizes, sizes)
        weighted = rows.data * np.repeat(weights, np.diff(rows.indptr))
        np.multiply(self.x, STEP_SIZE * REGULARIZATION, out=self.shared)
        ends = rows.indptr[np.concatenate([[0], np.cumsum(sizes)])]
        sent_indices, sent_values = [], []
        for worker, residual in enumerate(self.residuals):
            entries = slice(ends[worker], ends[worker + 1])
            residual += self.shared
            np.add.at(residual, rows.indices[entries], weighted[entries])  # p = e + γ g
            np.abs(residual, out=self.magnitudes)
            selected = self.select(self.magnitudes, self.k)
            sent_indices.append(selected)
            sent_values.append(residual[selected])  # c = C(p)
            residual[selected] = 0.0  # e = p − c
        np.subtract.at(self.x, np.concatenate(sent_indices), np.concatenate(sent_values) / N_WORKERS)


def main():
    kind, command, path, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    twin = {"plain": Plain, "tuned": Tuned}[kind]
    rows, labels = read(path)
    first, sizes = shares(len(labels))
    if command == "loss":
        method = twin(rows, labels, largest_by_index)
        everything = np.arange(len(labels))
        for _ in range(rounds):
            method.round(everything, sizes)
        print(repr(float(method.loss(first, sizes))))
        return
    method = twin(rows, labels, largest)
    generator = np.random.default_rng(1)
    for number in range(WARM_UP + rounds):
        if number == WARM_UP:
            start = time.process_time()
        if sys.argv[5] == "full":
            method.round(np.arange(len(labels)), sizes)
        else:
            size = int(sys.argv[5])
            batch = first[:, None] + generator.integers(0, sizes[:, None], size=(N_WORKERS, size))
            method.round(batch.ravel(), np.full(N_WORKERS, size))
    print(N_WORKERS * rounds / (time.process_time() - start))


if __name__ == "__main__":
    main()

#!/bin/sh
# gradsieve beside NumPy, SciPy and PyTorch: exact top-k and the step of error feedback on 25.6 million numbers, rounds on
# news20-halves, and the memory of 10,000 workers.
#
#   GRADSIEVE_DATA=~/data benches/peers/run.sh [REPETITIONS]
#
# Makes a virtual environment of its own beside the build, builds gradsieve for release, and prints versions, times and
# ratios. PEERS_PYTHON names a Python that has the peers already: then nothing is installed, which for PyTorch is some
# gigabytes. Exits with 1 if the losses disagree, a ratio is not reached, or the memory is above 1.3 times the residuals.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${GRADSIEVE_DATA:?name the folder that holds news20-halves in GRADSIEVE_DATA}"
cd "$here/../.."
target=${CARGO_TARGET_DIR:-target}
cargo build --release --quiet
python=${PEERS_PYTHON:-$target/peers-venv/bin/python}
if [ -z "${PEERS_PYTHON:-}" ]; then
    [ -x "$python" ] || python3 -m venv "$target/peers-venv"
    "$python" -m pip install --quiet --requirement "$here/requirements.txt"
fi
# One thread for everybody, unless a row says otherwise, and for each library the kernels that it chooses by itself.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMEXPR_NUM_THREADS=1
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
"$python" "$here/versions.py"
failed=0
"$python" "$here/selection.py" "$target/release/gradsieve" "${1:-5}" || failed=1
"$python" "$here/compare.py" "$target/release/gradsieve" "$GRADSIEVE_DATA" "${1:-5}" || failed=1
exit "$failed"

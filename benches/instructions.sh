#!/bin/sh
# Counts the instructions of a handful of fixed cases under valgrind and compares them with benches/instructions.csv.
#
#   benches/instructions.sh                     exits with 1 where a count has moved
#   UPDATE_COUNTS=1 benches/instructions.sh     rewrites benches/instructions.csv
#
# gradsieve itself is compiled as for a release, its dependencies as for the tests, which have built them already.
set -eu
cd "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/.."
own='profile.dev.package.gradsieve'
exec cargo bench --quiet --locked --profile dev --bench instructions \
    --config "$own.opt-level=3" --config "$own.codegen-units=16" \
    --config "$own.debug-assertions=false" --config "$own.overflow-checks=false"

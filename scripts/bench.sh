#!/usr/bin/env bash
# Runs every benchmark, ours and its floor in one run, and keeps the table in bench-results/.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p bench-results
table=bench-results/$(date +%Y-%m-%d-%H%M).txt
for script in benchmarks/p[0-9]*.py; do
    .venv/bin/python "$script" --json "${table%.txt}.jsonl" 2>&1 | tee -a "$table"
    [ "${PIPESTATUS[0]}" -eq 0 ] || echo "$script did not finish" | tee -a "$table"
done
echo "Kept in $table"

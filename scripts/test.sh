#!/usr/bin/env bash
# Runs the named parts (sqlite, postgres, browser, samples) one after the other, even when one fails,
# and ends with the summary line of each.
set -uo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL SEXTANT_E2E
# As in the Makefile: else every program the tests start would compile Django anew.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$PWD/.venv/compiled
# The same examples in every run: what is said to pass here passes there. Search wider with HYPOTHESIS_PROFILE=thorough.
export HYPOTHESIS_PROFILE=${HYPOTHESIS_PROFILE:-ci}
pytest=(.venv/bin/python -m pytest --quiet)
# One more than the two cores of a small machine: some tests wait for servers.
spread=(--numprocesses 3 --maxschedchunk 32)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
summary=() failed=0

for part in "$@"; do
    echo "== $part"
    case $part in
        sqlite) command=("${pytest[@]}" "${spread[@]}") ;;
        postgres) command=(.venv/bin/python scripts/postgres.py "${pytest[@]}" "${spread[@]}" --database) ;;
        browser) command=("${pytest[@]}" --numprocesses 2 --maxschedchunk 2 --e2e -m e2e tests/e2e) ;;
        samples) command=("${pytest[@]}" --numprocesses 2 --maxschedchunk 2 --samples -m samples tests/samples) ;;
        *) echo "There is no part '$part'." >&2; exit 2 ;;
    esac
    "${command[@]}" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    [ "$status" -eq 0 ] || failed=1
    line=$(grep -E '(passed|failed|error|no tests ran).* in [0-9.]+s' "$log" | tail -1)
    summary+=("$(printf '%-9s %s' "$part" "${line:-ended with status $status}")")
done

echo "== summary"
printf '%s\n' "${summary[@]}"
exit "$failed"

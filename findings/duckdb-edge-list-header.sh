#!/usr/bin/env bash
# duckdb 2.0.1: read_csv takes the first tie of an edge list of names for column names, and drops it without a word.
#
# A list of ties without a header is what networkx, SNAP and most crawlers write. With numbers as labels the sniffer
# finds no header and keeps every line; with names (all columns text) it always finds one, so that the same network
# loses its first tie. Expected beforehand: no header, three rows.
# Seen: names 2 rows, columns ['ann', 'bob']; numbers 3 rows; names with header=false 3 rows.
# Rumorlab takes a first line for a header only if its words are known ones, and no label of the list.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$folder"
printf 'ann,bob\nbob,cat\ncat,ann\n' > names.csv
printf '1,2\n2,3\n3,1\n' > numbers.csv
venv/bin/python - <<'PY'
import duckdb

def rows(source):
    return duckdb.sql(f"SELECT * FROM {source}").fetchall()

names = duckdb.sql("SELECT * FROM read_csv('names.csv')")
seen = (
    names.columns,
    rows("read_csv('names.csv')"),
    len(rows("read_csv('numbers.csv')")),
    len(rows("read_csv('names.csv', header = false)")),
)
print(duckdb.__version__, seen)
assert seen == (["ann", "bob"], [("bob", "cat"), ("cat", "ann")], 3, 3)
PY

#!/usr/bin/env bash
# igraph 1.0.0: Graph.Read_GraphML leaves out the nodes and edges of a graph inside a node, without a word.
#
# GraphML allows a <graph> in a <node> (groups in yEd; teams or channels within a community). Expected beforehand: the
# inner nodes and their edge are read, flattened or marked. Seen: 2 of 4 nodes and 1 of 2 edges,
# and nothing is raised or warned.
# Rumorlab reads nodes and edges at any depth (tests/world/test_importing.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet igraph==1.0.0
cd "$folder"
cat > nested.graphml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <graph id="all" edgedefault="undirected">
    <node id="group">
      <graph id="group:" edgedefault="undirected">
        <node id="ann"/>
        <node id="bob"/>
        <edge source="ann" target="bob"/>
      </graph>
    </node>
    <node id="cat"/>
    <edge source="group" target="cat"/>
  </graph>
</graphml>
XML
venv/bin/python -W error - <<'PY'
import igraph

graph = igraph.Graph.Read_GraphML("nested.graphml")
seen = (sorted(graph.vs["id"]), graph.ecount())
print(igraph.__version__, seen)
assert seen == (["cat", "group"], 1)
PY

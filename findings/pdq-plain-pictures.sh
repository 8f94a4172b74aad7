#!/usr/bin/env bash
# pdqhash 0.2.8 (PDQ, the picture hash of hash-sharing programmes): two plain pictures, whose greys differ by one step in
# 255, are 85 to 114 of 256 bits apart, although at most 31 is a match; the same grey in another size is 0 apart.
#
# Expected beforehand: one hash for all plain pictures, with quality 0. The quality is 0, but the hash is that of
# rounding errors, so that blank frames and blank stickers neither match each other nor stay the same after a change of
# brightness. A model that takes "same picture, slightly brighter" for a match must leave out what has quality 0.
# Rumorlab's hash route matches by item, with `copied` for what survives a copy; it computes no hashes of pictures.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pdqhash==0.2.8 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import numpy as np
import pdqhash

def plain(grey, size=256):
    return pdqhash.compute(np.full((size, size, 3), grey, dtype=np.uint8))

apart = {(a, b): int((plain(a)[0] != plain(b)[0]).sum()) for a, b in ((127, 128), (128, 129), (254, 255))}
quality = {plain(grey)[1] for grey in (127, 128, 129, 254, 255)}
same = int((plain(128)[0] != plain(128, 512)[0]).sum())
print(apart, quality, same)
assert all(bits > 31 for bits in apart.values())
assert quality == {0}
assert same == 0
PY

"""Does the draw of a round again: python verify_draw.py round.json, where the file is the answer of /api/cross/rounds/{id}."""

import json
import sys
from hashlib import sha256
from pathlib import Path

told = json.loads(Path(sys.argv[1]).read_text())
seed, units = told["seed"], sorted(unit["id"] for unit in told["units"])
lines = sorted(f"{n['unit_id']}:{n['nonce']}" for n in told["nonces"])
key = sha256("".join(f"{s}\n" for s in ["xunfang-draw-1", told["id"], seed, *lines]).encode()).digest()
words, counter = [], 0
inspects = list(range(len(units)))
for i in range(len(units) - 1, 0, -1):
    while True:
        if not words:
            block = sha256(key + counter.to_bytes(8, "big")).digest()
            words, counter = [int.from_bytes(block[at : at + 8], "big") for at in (0, 8, 16, 24)], counter + 1
        word = words.pop(0)
        if word < 2**64 // i * i:  # the uneven rest would favour small numbers
            break
    j = word % i
    inspects[i], inspects[j] = inspects[j], inspects[i]
drawn = {(unit, units[inspects[n]]) for n, unit in enumerate(units)}
shown = {(edge["inspector"]["id"], edge["target"]["id"]) for edge in told["edges"]}
is_committed = sha256(bytes.fromhex(seed)).hexdigest() == told["commitment"]
is_right = is_committed and drawn == shown
print("OK: the seed is the one committed to, and it draws this ring" if is_right else "NOT what was drawn")
sys.exit(not is_right)

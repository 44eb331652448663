"""A coverage-guided fuzzer on one reader: ``python fuzz_readers.py user-data --runs 100000``.

It is Atheris, which needs Linux: ``python -m pip install atheris``. It ends with the input
that a reader could not take, or tells how many it took.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ecs_tutorial", "bashlex", "dockerfile_parse"]):
    from readers import READERS, SEEDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=sorted(READERS))
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    corpus = Path(tempfile.mkdtemp(prefix="readers-"))
    for number, seed in enumerate(SEEDS[wanted.reader]):
        (corpus / str(number)).write_bytes(seed)
    options = [f"-runs={wanted.runs}", f"-seed={wanted.seed}", "-timeout=20", "-max_len=2000"]
    print(f"{wanted.reader}: {wanted.runs} runs, seed {wanted.seed}", flush=True)
    atheris.Setup([sys.argv[0], *options, str(corpus)], READERS[wanted.reader])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Recall and CPU time a query of hnswlib in memory, one thread, one query a call, to set beside `lantern bench`.

Needs hnswlib and numpy: pip install hnswlib numpy

  hnswlib_search.py BASE QUERIES TRUTH [EF ...]     files as for lantern bench: .fvecs, .bvecs, .ivecs
"""
import sys
import time

import hnswlib
import numpy as np


def read(path):
    """The vectors of a file, one in each row."""
    kind = {"fvecs": "<f4", "bvecs": "u1", "ivecs": "<i4"}[path.rsplit(".", 1)[1]]
    raw = np.fromfile(path, np.uint8)
    dimensions = int(raw[:4].view("<i4")[0])
    width = 4 + dimensions * np.dtype(kind).itemsize
    return raw.reshape(-1, width)[:, 4:].copy().view(kind)


def main(base, queries, truth, *efs):
    base, queries = read(base).astype("f4"), read(queries).astype("f4")
    nearest = read(truth)[:, 9]
    index = hnswlib.Index("l2", base.shape[1])
    index.init_index(len(base), M=16, ef_construction=128)
    index.set_num_threads(1)
    start = time.process_time()
    index.add_items(base, num_threads=1)
    print(f"built in {time.process_time() - start:.1f} s CPU")
    limits = ((base[nearest] - queries) ** 2).sum(1) * (1 + 1e-6)
    for ef in map(int, efs or ("10", "20", "40", "60", "100", "200")):
        index.set_ef(ef)
        passes = []
        for _ in range(5):
            start = time.process_time()
            found = [index.knn_query(query, k=10, num_threads=1)[0][0] for query in queries]
            passes.append((time.process_time() - start) / len(queries))
        distances = ((base[np.array(found)] - queries[:, None, :]) ** 2).sum(2)
        recall = (distances <= limits[:, None]).mean()
        print(f"ef {ef:4}  recall@10 {recall:.4f}  CPU/query {np.median(passes) * 1e3:.3f} ms  least {min(passes) * 1e3:.3f}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""ranking-worker: merges counts, computes results, ranks, closes periods, recounts."""

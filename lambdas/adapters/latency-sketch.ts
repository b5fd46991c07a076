import { DDSketch } from '@datadog/sketches-js';
import type { Counts } from '../../core/tally.ts';

/** Percentiles are within 1 % of the true value. */
const CONFIG = { relativeAccuracy: 0.01 };
const { mapping } = new DDSketch(CONFIG);

/**
 * The sketch's bin of a time. Bins and their counts are the whole sketch, so sketches are merged by adding counts, and
 * one of a single answer is a few bytes; the library's own form, protobuf, has eight bytes for each bin from the least
 * to the greatest, empty ones too.
 */
export function binOf(ms: number): string {
  return String(mapping.key(Math.max(1, ms)));
}

/** Percentiles of the times that were counted by bins, in milliseconds; undefined where there are none. */
export function percentilesOf(
  latencies: Counts<string>,
): { p50: number; p90: number; p95: number; p99: number } | undefined {
  const bins = Object.entries(latencies);
  if (bins.length === 0) return undefined;
  const sketch = new DDSketch(CONFIG);
  for (const [bin, count] of bins) sketch.accept(mapping.value(Number(bin)), count);
  const at = (quantile: number) => Math.round(sketch.getValueAtQuantile(quantile));
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

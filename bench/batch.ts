/** A queue hands over so many messages at a time. */
export const BATCH = 10;
/** As long as the delivering function lets a result wait for others of its batch. */
const LONGEST_WAIT_MS = 400;

/** The attempts of one batch whose results are recorded together, the earliest first: after how long, and which. */
export interface RecordedTogether<Attempt> {
  readonly afterMs: number;
  readonly attempts: readonly Attempt[];
}

/** Says when the results of a batch are recorded: as soon as all are there, or the first has waited for long enough. */
export function groupResults<Attempt extends { readonly durationMs: number }>(
  batch: readonly Attempt[],
): RecordedTogether<Attempt>[] {
  const groups: RecordedTogether<Attempt>[] = [];
  for (let open = batch.toSorted((a, b) => a.durationMs - b.durationMs); open.length > 0; ) {
    const flushMs = (open[0] as Attempt).durationMs + LONGEST_WAIT_MS;
    const attempts = open.filter(({ durationMs }) => durationMs <= flushMs);
    open = open.slice(attempts.length);
    const lastMs = (attempts.at(-1) as Attempt).durationMs;
    groups.push({ afterMs: open.length > 0 ? flushMs : lastMs, attempts });
  }
  return groups;
}

import { type Circuit, CLOCK_SKEW_MS } from './circuit.ts';
import type { DeliveryCourse, DeliveryMessage, Receipt } from './delivery.ts';

/** What to do with a message, given the endpoint's circuit: as judged before, or let the delivery wait, or let it go. */
export type CircuitReceipt =
  | Receipt
  /** Record that the delivery waits; its message is done then. */
  | { readonly action: 'park' }
  /** Its attempt is recorded, and the delivery waits: its last attempt may not have been planned. */
  | { readonly action: 'plan' }
  /** It waits no longer, but is not due yet: put it on its way. */
  | { readonly action: 'release'; readonly until: number };

/**
 * Decides what a message means at an endpoint's circuit, given what it means by the record:
 *
 * | circuit | the delivery | the message means | then |
 * |---|---|---|---|
 * | not closed | waits | a probe's or test's wait or resume | plan its last attempt: nothing else is left to do |
 * | any | | another probe, last attempt, resend or test | as judged |
 * | open | | send or resume | park: it waits |
 * | open | waits already | anything | drop, nothing is written |
 * | draining | waits | wait or resume | drop: draining sends it on |
 * | not open | waits | send, before it is due | release: it is a retry like any other again |
 * | not open | is a retry | send, before it is due | wait until it is overdue: somebody has put it on its way |
 * | anything else | | | as judged |
 * @param exempt whether it is sent even while the circuit is open: a test
 */
export function judgeAtCircuit(
  message: DeliveryMessage,
  judged: Receipt,
  circuit: Circuit | undefined,
  recorded: DeliveryCourse | undefined,
  now: number,
  { exempt, graceMs }: { readonly exempt: boolean; readonly graceMs: number },
): CircuitReceipt {
  const isExempt = exempt || message.resend !== undefined || message.probe || message.last;
  const waits = recorded?.waiting === true;
  if (judged.action === 'drop') return judged;
  if (isExempt) return circuit && waits && judged.action !== 'send' ? { action: 'plan' } : judged;
  if (circuit?.state === 'open') {
    if (waits) return { action: 'drop' };
    return judged.action === 'wait' ? judged : { action: 'park' };
  }
  if (judged.action !== 'send') return circuit && waits ? { action: 'drop' } : judged;
  const dueAt = recorded?.state === 'retrying' ? recorded.nextAttemptAt : undefined;
  if (dueAt === undefined || now >= dueAt - CLOCK_SKEW_MS) return judged;
  return waits ? { action: 'release', until: dueAt } : { action: 'wait', until: dueAt + graceMs };
}

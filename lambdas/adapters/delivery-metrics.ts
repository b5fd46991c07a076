import type { DeliveryChange } from './delivery-statements.ts';
import { measure } from './metrics.ts';

/**
 * Measures what came of one message, once it is recorded. A resend has no age: nobody knows when it was asked for. Nor has what
 * waited for its endpoint, for its circuit or for its limit: that is no delay of ours.
 */
export function measureDelivery({ message, recorded, attempt, state }: DeliveryChange): void {
  const isResend = message.resend !== undefined;
  if (state === 'succeeded') measure('delivered', 1);
  if (state === 'failed' && !isResend) measure('failed', 1);
  if (attempt === undefined) return;
  measure('failedAttempts', state === 'succeeded' ? 0 : 1);
  measure('attemptLatency', attempt.durationMs);
  const isHeld = recorded?.waiting || message.slot !== undefined || message.refusals !== undefined;
  if (isResend || isHeld) return;
  const dueAt = recorded?.nextAttemptAt ?? message.acceptedAt;
  measure('deliveryAge', Math.max(0, attempt.startedAt - dueAt));
}

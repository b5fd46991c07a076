import type { DeliveryChange } from './delivery-statements.ts';
import { measure } from './metrics.ts';

/** Measures what came of one message, once it is recorded. A resend's age means nothing: nobody knows when it was asked for. */
export function measureDelivery({ message, recorded, attempt, state }: DeliveryChange): void {
  const isResend = message.resend !== undefined;
  if (state === 'succeeded') measure('delivered', 1);
  if (state === 'failed' && !isResend) measure('failed', 1);
  if (attempt === undefined) return;
  measure('failedAttempts', state === 'succeeded' ? 0 : 1);
  measure('attemptLatency', attempt.durationMs);
  const dueAt = recorded?.nextAttemptAt ?? message.acceptedAt;
  if (!isResend) measure('deliveryAge', Math.max(0, attempt.startedAt - dueAt));
}

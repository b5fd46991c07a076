import type { StopReason } from '../../core/endpoint.ts';
import { stopAlerts } from './alert-addresses.ts';
import { logInfo } from './log.ts';
import { measure } from './metrics.ts';

/** What SES says became of a mail (SES developer guide, "event record contents"), as far as it is needed here. */
export interface MailEvent {
  readonly eventType: 'Bounce' | 'Complaint' | string;
  readonly mail: { readonly tags?: Readonly<Record<string, readonly string[]>> };
  readonly bounce?: {
    readonly bounceType: string;
    readonly bouncedRecipients: readonly { readonly emailAddress: string }[];
  };
  readonly complaint?: { readonly complainedRecipients: readonly { readonly emailAddress: string }[] };
}

/** What SES publishes itself when it is told of a topic, as text: whether it may. */
const TOPIC_CHECK = 'Successfully validated SNS topic for Amazon SES event publishing.';

/** Whether a message of the notice queue is SES's check of its topic, which asks for nothing. */
export function isTopicCheck(body: string): boolean {
  return body.trim() === TOPIC_CHECK;
}

/** Reads a message of the notice queue, or undefined where it is a notice. */
export function readMailEvent(body: string): MailEvent | undefined {
  const event = JSON.parse(body) as Partial<MailEvent>;
  return typeof event.eventType === 'string' && event.mail !== undefined ? (event as MailEvent) : undefined;
}

/**
 * Takes addresses off that mails did not reach for good, or whose owners took them for spam. Only off the endpoint that the
 * mail was about: the next mail finds out about the others.
 */
export async function followMail({ mail, bounce, complaint }: MailEvent, now: number): Promise<void> {
  const [tenantId, endpointId] = [mail.tags?.tenant?.[0], mail.tags?.endpoint?.[0]];
  if (tenantId === undefined || endpointId === undefined) return;
  // A full mailbox is not the end of an address.
  const bounced = bounce?.bounceType === 'Permanent' ? bounce.bouncedRecipients : [];
  const stops: [string, StopReason][] = [
    ...bounced.map(({ emailAddress }): [string, StopReason] => [emailAddress, 'bounced']),
    ...(complaint?.complainedRecipients ?? []).map(({ emailAddress }): [string, StopReason] => [
      emailAddress,
      'complained',
    ]),
  ];
  for (const [email, reason] of stops) {
    measure('bouncedAlertMails', 1);
    const stopped = await stopAlerts(tenantId, endpointId, email, reason, now);
    logInfo('an address gets no more alerts', { tenantId, endpointId, reason, stopped });
  }
}

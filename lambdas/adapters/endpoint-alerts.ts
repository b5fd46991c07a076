import { SESv2ServiceException } from '@aws-sdk/client-sesv2';
import { type AlertState, CLAIM_MS, type Digest, flush, gather, sent } from '../../core/alert-digest.ts';
import type { DigestDue, EndpointChange, FailedDelivery } from '../../core/notice.ts';
import { type Alerting, type EndpointName, getAlerting, putAlertState } from './alert-store.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { hasAlertSender, readOptionalEnvironment } from './environment.ts';
import { logError } from './log.ts';
import { mailAlert } from './mail-sender.ts';
import { measure } from './metrics.ts';
import { queueNotices } from './notice-queue.ts';

/** Functions that take in notices of one endpoint at once are few, and each is through in two calls. */
const TRIES = 20;
const PAUSE_MS = 25;

/** A second's or a day's mails are used up (SES API v2 reference, SendEmail; developer guide, "sending quotas"). */
const TOO_MANY = ['TooManyRequestsException', 'ThrottlingException', 'LimitExceededException'];

/** How long a first mail waits for more to be in it. */
function gatherMs(): number {
  return 1_000 * Number(readOptionalEnvironment('alertGatherSeconds') ?? 30);
}

/** Takes in what happened to an endpoint whose alerts somebody wants, so that it is mailed in time. */
export async function gatherAlert(
  name: EndpointName,
  read: Alerting,
  failures: readonly FailedDelivery[],
  changes: readonly EndpointChange[],
  now: number,
): Promise<void> {
  await writeState(name, read, now, async ({ endpoint, state }) => {
    if (!isWanted(endpoint)) return undefined;
    const gathered = gather(state, failures, changes, now, gatherMs());
    // Before the state is written: a wake-up too many does nothing, one that was lost would never mail.
    if (gathered?.wake && gathered.state.dueAt !== undefined) {
      const { dueAt } = gathered.state;
      await queueNotices([{ kind: 'digest', ...name, dueAt }], now, dueAt);
    }
    return gathered?.state;
  });
}

/** Mails what was gathered of an endpoint, where it is time. */
export async function mailDigest(due: DigestDue, read: Alerting, now: number): Promise<void> {
  const name = { tenantId: due.tenantId, endpointId: due.endpointId };
  const written = await writeState(name, read, now, async ({ state }) => {
    const act = flush(state, due.dueAt, now);
    if (act.action === 'wait') await queueNotices([due], now, act.until);
    return act.action === 'mail' ? act.state : undefined;
  });
  const sending = written?.state.sending;
  if (written === undefined || sending === undefined) return;
  const { open, isThrottled } = await mailAll(written.endpoint, sending.digest, sending.done);
  await writeState(name, written, now, async ({ state }) => {
    if (state.sending?.claimedAt !== sending.claimedAt) return undefined;
    if (open.length > 0) return { ...state, sending: { ...sending, done: doneOf(written.endpoint, open) } };
    const left = sent(state, due.dueAt, now);
    const { dueAt } = left;
    // The wake-up for the next mail was spent on one whose sender had died.
    if (dueAt !== undefined && dueAt !== state.dueAt) await queueNotices([{ ...due, dueAt }], now, dueAt);
    return left;
  });
  // SES takes so many mails a second: a crowd of them is spread over the next minutes, however often that takes.
  if (isThrottled) return queueNotices([due], now, now + CLAIM_MS * (1 + 2 * Math.random()));
  if (open.length > 0) throw new Error(`SES would not take mails to ${open.length} addresses.`);
}

function isWanted(endpoint: StoredEndpoint | undefined): endpoint is StoredEndpoint {
  return hasAlertSender() && (endpoint?.alertEmails?.length ?? 0) > 0;
}

/** @returns the addresses that have not got it, and whether that is since too many mails are sent at once */
async function mailAll(
  endpoint: StoredEndpoint | undefined,
  digest: Digest,
  done: readonly string[] = [],
): Promise<{ open: string[]; isThrottled: boolean }> {
  const open: string[] = [];
  let isThrottled = false;
  if (!isWanted(endpoint)) return { open, isThrottled };
  for (const email of endpoint.alertEmails ?? []) {
    if (done.includes(email)) continue;
    try {
      await mailAlert(digest, endpoint, email);
      measure('alertMails', 1);
    } catch (error) {
      logError('an alert could not be mailed; it is tried again', error, { endpointId: endpoint.id });
      open.push(email);
      isThrottled ||= error instanceof SESv2ServiceException && TOO_MANY.includes(error.name);
    }
  }
  return { open, isThrottled };
}

function doneOf(endpoint: StoredEndpoint | undefined, open: readonly string[]): string[] {
  return (endpoint?.alertEmails ?? []).filter((email) => !open.includes(email));
}

/**
 * Changes what is remembered of an endpoint's alerts; where somebody else wrote it meanwhile, on top of that.
 * @param change gives the next state, or undefined where there is nothing to write
 * @returns what was written
 */
async function writeState(
  name: EndpointName,
  read: Alerting,
  now: number,
  change: (read: Alerting) => Promise<AlertState | undefined>,
): Promise<Alerting | undefined> {
  let current = read;
  for (let round = 0; round < TRIES; round++) {
    const state = await change(current);
    if (state === undefined) return undefined;
    if (await putAlertState(name, state, current.revision, now))
      return { ...current, state, revision: current.revision + 1 };
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (1 + Math.random() * round)));
    current = await getAlerting(name);
  }
  throw new Error(`The alerts of ${name.endpointId} are being written by others.`);
}

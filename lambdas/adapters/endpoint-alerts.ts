import { type AlertState, flush, gather, sent } from '../../core/alert-digest.ts';
import {
  type MailResult,
  putOffMail,
  type RefusedAlert,
  refusedAfter,
  settleTries,
} from '../../core/mail-tries.ts';
import type { DigestDue, EndpointChange, FailedDelivery } from '../../core/notice.ts';
import { noteRefusedAlerts } from './alert-addresses.ts';
import { type Alerting, type EndpointName, getAlerting, putAlertState } from './alert-store.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { hasAlertSender, readOptionalEnvironment } from './environment.ts';
import { logInfo } from './log.ts';
import { tryAlert } from './mail-sender.ts';
import { measure } from './metrics.ts';
import { queueNotices } from './notice-queue.ts';

/** Functions that take in notices of one endpoint at once are few, and each is through in two calls. */
const TRIES = 20;
const PAUSE_MS = 25;

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
  const results = await mailAll(written.endpoint, sending);
  const settled = settleTries(sending, results, now);
  const isPutOff = [...results.values()].some(({ result }) => result === 'later');
  const putOff = isPutOff ? putOffMail(sending, now, Math.random()) : undefined;
  await noteRefusals(name, written.endpoint, results, settled.givenUp);
  await writeState(name, written, now, async ({ state }) => {
    if (state.sending?.claimedAt !== sending.claimedAt) return undefined;
    if (settled.open.length > 0)
      return { ...state, sending: { ...sending, ...settled.tries, ...(putOff && { putOff }) } };
    const left = sent(state, due.dueAt, now);
    const { dueAt } = left;
    // The wake-up for the next mail was spent on one whose sender had died.
    if (dueAt !== undefined && dueAt !== state.dueAt) await queueNotices([{ ...due, dueAt }], now, dueAt);
    return left;
  });
  if (settled.open.length === 0) return;
  if (putOff !== undefined) return queueNotices([due], now, putOff.until);
  throw new Error(`SES would not take mails to ${settled.open.length} addresses.`);
}

function isWanted(endpoint: StoredEndpoint | undefined): endpoint is StoredEndpoint {
  return hasAlertSender() && (endpoint?.alertEmails?.length ?? 0) > 0;
}

/** Shows on the endpoint which addresses were given up, and which get mails again. */
async function noteRefusals(
  name: EndpointName,
  endpoint: StoredEndpoint | undefined,
  results: ReadonlyMap<string, MailResult>,
  givenUp: readonly RefusedAlert[],
): Promise<void> {
  for (const { reason } of givenUp) {
    measure('bouncedAlertMails', 1);
    logInfo('an alert is not mailed to an address that it was refused for', { ...name, reason });
  }
  const refused = refusedAfter(endpoint?.refusedAlerts ?? [], results, givenUp);
  if (refused) await noteRefusedAlerts(name, refused);
}

/** Tries a mail for each address that is not done with. Nobody wants one of an endpoint that is gone. */
async function mailAll(
  endpoint: StoredEndpoint | undefined,
  { digest, done = [] }: NonNullable<AlertState['sending']>,
): Promise<Map<string, MailResult>> {
  const results = new Map<string, MailResult>();
  if (!isWanted(endpoint)) return results;
  for (const email of endpoint.alertEmails ?? []) {
    if (done.includes(email)) continue;
    const tried = await tryAlert(digest, endpoint, email);
    results.set(email, tried);
    if (tried.result === 'taken') measure('alertMails', 1);
    // The others are tried with it: five time-outs would be all of the function's time.
    if (tried.result === 'later') break;
  }
  return results;
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

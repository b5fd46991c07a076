import { type Digest, type Outcome, outcomeOf } from './alert-digest.ts';
import type { EndpointChange } from './notice.ts';

/** Whom and what a mail is about. */
export interface MailSubject {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly url: string;
  readonly description?: string;
  /** Where the endpoint can be looked at. */
  readonly lookUrl: string;
  readonly unsubscribeUrl: string;
}

export interface AlertMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Texts of receivers stand in it: what is longer is cut. */
const MAX_LINE = 300;

/** A piece of a mail, written once and printed twice. */
type Part =
  | { readonly text: string }
  | { readonly title: string; readonly lines: readonly string[] }
  | { readonly link: string; readonly url: string };

/** Writes what happened to an endpoint as a mail. Nothing in it is taken for markup, whoever wrote it. */
export function writeAlert(digest: Digest, about: MailSubject): AlertMail {
  const outcome = outcomeOf(digest);
  const host = URL.parse(about.url)?.host ?? about.endpointId;
  const parts: Part[] = [
    { text: LEADS[outcome](digest) },
    { title: 'Endpoint', lines: describeEndpoint(about) },
    ...list('What happened', digest.changes.map(describeChange)),
    ...list('Deliveries that failed', describeTypes(digest)),
    ...list(
      'The last errors',
      digest.errors.map(({ at, eventType, error }) => `${showTime(at)} ${eventType}: ${error}`),
    ),
    { link: 'Look at the endpoint', url: about.lookUrl },
    { text: FREQUENCY },
    { link: 'Stop these mails', url: about.unsubscribeUrl },
  ];
  return { subject: SUBJECTS[outcome](digest, host), text: printText(parts), html: printHtml(parts) };
}

const SUBJECTS: Record<Outcome, (digest: Digest, host: string) => string> = {
  failing: (_, host) => `Webhook endpoint is failing: ${host}`,
  recovered: (_, host) => `Webhook endpoint works again: ${host}`,
  disabled: (_, host) => `Webhook endpoint was disabled: ${host}`,
  failures: ({ failures }, host) => `${count(failures)} failed: ${host}`,
};

const LEADS: Record<Outcome, (digest: Digest) => string> = {
  failing: () =>
    'This webhook endpoint is failing. Deliveries to it wait; it is tried again at growing intervals, and they are sent once it answers.',
  recovered: () => 'This webhook endpoint answers again. What waited for it is being sent.',
  disabled: () =>
    'This webhook endpoint was disabled: nothing is sent to it any more. Mend it, then enable it again.',
  failures: ({ failures, since }) =>
    `${count(failures)} to this webhook endpoint failed for good since ${showTime(since)}. None is tried again by itself; each can be resent.`,
};

const FREQUENCY = 'You get at most one such mail an hour, and one when the endpoint recovers.';

function describeEndpoint({ tenantId, endpointId, url, description }: MailSubject): string[] {
  return [url, ...(description ? [description] : []), `${endpointId} of ${tenantId}`];
}

function describeChange({ kind, at, since, reason, eventType }: EndpointChange): string {
  const words = { failing: 'It began to fail', recovered: 'It recovered', disabled: 'It was disabled' }[kind];
  const from = since === undefined ? '' : `, failing since ${showTime(since)}`;
  const last = eventType === undefined ? '' : ` (${eventType})`;
  return `${showTime(at)} ${words}${from}${reason ? `: ${reason}${last}` : '.'}`;
}

function describeTypes({ types, failures }: Digest): string[] {
  const entries = Object.entries(types).toSorted(([, a], [, b]) => b - a);
  const total = entries.length > 1 ? [`${failures} in all`] : [];
  return [...entries.map(([type, number]) => `${number} × ${type}`), ...total];
}

function list(title: string, lines: readonly string[]): Part[] {
  return lines.length === 0 ? [] : [{ title, lines }];
}

function count(deliveries: number): string {
  return deliveries === 1 ? '1 delivery' : `${deliveries} deliveries`;
}

function showTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** One line of a mail: no control character, and not too long. */
function oneLine(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').toWellFormed();
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line;
}

function printText(parts: readonly Part[]): string {
  const printed = parts.map((part) => {
    if ('text' in part) return part.text;
    if ('url' in part) return `${part.link}:\n${part.url}`;
    return [`${part.title}:`, ...part.lines.map((line) => `  ${oneLine(line)}`)].join('\n');
  });
  return `${printed.join('\n\n')}\n`;
}

function printHtml(parts: readonly Part[]): string {
  const printed = parts.map((part) => {
    if ('text' in part) return `<p>${escapeHtml(part.text)}</p>`;
    if ('url' in part) return `<p><a href="${escapeHtml(part.url)}">${escapeHtml(part.link)}</a></p>`;
    const items = part.lines.map((line) => `<li>${escapeHtml(oneLine(line))}</li>`);
    return `<h2 style="font-size:1em">${escapeHtml(part.title)}</h2><ul>${items.join('')}</ul>`;
  });
  return `<!doctype html><html lang="en"><body style="font-family:sans-serif">${printed.join('\n')}</body></html>\n`;
}

/** Any text as HTML shows it, in an element or between quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

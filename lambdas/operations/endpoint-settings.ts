import * as z from 'zod';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { type EndpointAuth, faultOfHeader } from '../../core/endpoint.ts';
import { faultOfUrl, MAX_URL_LENGTH, type UrlRules } from '../../core/endpoint-url.ts';
import { clip, type Fault, joinPath, nameKind, PosthornError, quote, refuse } from '../../core/errors.ts';
import { MAX_API_VERSION_LENGTH } from '../../core/event.ts';
import { isJsonObject } from '../../core/json.ts';
import { EVENT_PATTERN, matchesType } from '../../core/match.ts';
import { faultOfSecret } from '../../core/new-secret.ts';
import { text } from './common.ts';

const MAX_FILTERS = 20;
const MAX_METADATA = 50;
const MAX_HEADERS = 20;
/** All settings of one endpoint together: a page of a hundred endpoints is one answer, and must fit it. */
const MAX_SETTINGS_BYTES = 16_384;
/** More than this is refused unread: a patch comes on top of what is there. */
export const MAX_UNREAD_BYTES = 4 * MAX_SETTINGS_BYTES;

const FILTER_VALUE =
  'must be a text of at most 256 characters, a number, true, false, null, or a list of 1 to 100 of them';
const scalar = z.union([text(256), z.number(), z.boolean(), z.null()]);

function atMost(members: number) {
  return [
    (value: object) => Object.keys(value).length <= members,
    `must have at most ${members} members`,
  ] as const;
}

const auth = z
  .strictObject({
    header: z.strictObject({ name: z.string(), value: z.string() }).optional(),
    openIdConnect: z
      .strictObject({
        issuer: text(MAX_URL_LENGTH).optional(),
        tokenUrl: text(MAX_URL_LENGTH).optional(),
        clientId: text(256).min(1),
        clientSecret: text(1024).min(1),
        scope: text(1024).optional(),
      })
      .optional(),
  })
  .refine(
    (kinds) => Object.keys(kinds).length === 1,
    'must have either header or openIdConnect; a patch removes the other one by null',
  )
  .transform((kinds) => kinds as EndpointAuth);

/** What a caller may set of an endpoint. The dialect's own rules follow in {@link checkSettings}. */
export const settingsSchema = z.strictObject({
  url: text(MAX_URL_LENGTH),
  events: z
    .array(z.string().max(128).regex(EVENT_PATTERN, 'must be an event type, a prefix like "order.*", or "*"'))
    .min(1)
    .max(100)
    .default(['*']),
  secret: z.string().optional(),
  signing: z.enum(['hmac', 'ed25519']).optional(),
  active: z.boolean().default(true),
  filters: z
    .record(
      text(128),
      z.union([z.array(scalar).min(1).max(100), scalar.transform((value) => [value])], FILTER_VALUE),
    )
    .refine(...atMost(MAX_FILTERS))
    .optional(),
  description: text(500).optional(),
  metadata: z
    .record(text(64), text(500))
    .refine(...atMost(MAX_METADATA))
    .optional(),
  headers: z.record(z.string(), z.string()).optional(),
  auth: auth.optional(),
  api_version: z
    .string()
    .max(MAX_API_VERSION_LENGTH)
    .regex(/^[\w.:-]+$/, 'must be letters, digits, ".", ":", "_" or "-"')
    .optional(),
});

export type EndpointSettings = z.output<typeof settingsSchema>;

/**
 * Checks how much is asked to be kept.
 * @param most bytes of JSON
 * @throws PosthornError that names the largest member
 */
export function checkSettingsSize(settings: unknown, most = MAX_SETTINGS_BYTES): void {
  const sizes = Object.entries(isJsonObject(settings) ? settings : {}).map(
    ([name, value]) => [name, Buffer.byteLength(JSON.stringify({ [name]: value }))] as const,
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (total <= most) return;
  const [largest = ''] = sizes.toSorted(([, a], [, b]) => b - a)[0] ?? [];
  const path = clip(largest, 80);
  throw refuse(
    'invalid_request',
    path,
    `The settings are ${total} bytes of JSON, most of them in ${path}; at most ${MAX_SETTINGS_BYTES} are accepted.`,
  );
}

/**
 * Checks settings against the dialect.
 * @throws PosthornError with every fault
 */
export function checkSettings(dialect: Dialect, settings: EndpointSettings, rules: UrlRules): void {
  const faults = [
    ...urlFaults('url', settings.url, rules),
    ...eventFaults(dialect, settings.events),
    ...secretFaults(dialect, settings),
    ...headerFaults(dialect, settings),
    ...authFaults(dialect, settings.auth, rules),
  ];
  if (faults.length === 0) return;
  throw new PosthornError('invalid_request', faults.map((fault) => `${fault.message}.`).join(' '), faults);
}

function fault(path: string, words: string | undefined): Fault[] {
  return words === undefined ? [] : [{ path, message: `${path} ${words}` }];
}

function urlFaults(path: string, ...url: Parameters<typeof faultOfUrl>): Fault[] {
  return fault(path, faultOfUrl(...url));
}

/** A type that the dialect does not have would never come: better said now. */
function eventFaults(dialect: Dialect, patterns: readonly string[]): Fault[] {
  const { catalogue } = dialect;
  if (catalogue === null) return [];
  const known = catalogue.map((entry) => entry.type);
  return patterns.flatMap((pattern, i) =>
    known.some((type) => matchesType(pattern, type))
      ? []
      : fault(
          `events[${i}]`,
          `is ${quote(pattern)}, which no event of the ${dialect.name} dialect matches. Accepted: ${known.join(', ')}`,
        ),
  );
}

function secretFaults(dialect: Dialect, { secret, signing }: EndpointSettings): Fault[] {
  const scheme = dialect.signature;
  if (scheme === null) {
    const words = `cannot be used: the ${dialect.name} dialect signs nothing; send auth instead`;
    return [
      ...(secret === undefined ? [] : fault('secret', words)),
      ...(signing === undefined ? [] : fault('signing', words)),
    ];
  }
  if (signing === 'ed25519' && scheme.format !== 'versioned') {
    return fault('signing', `is "ed25519", which the ${dialect.name} dialect cannot carry. Accepted: hmac`);
  }
  if (secret === undefined) return [];
  if (signing === 'ed25519')
    return fault('secret', 'cannot be chosen for ed25519: the key pair is made here');
  return fault('secret', faultOfSecret(scheme, secret));
}

function headerFaults(dialect: Dialect, { headers = {}, auth }: EndpointSettings): Fault[] {
  const names = Object.keys(headers);
  if (names.length > MAX_HEADERS)
    return fault('headers', `has ${names.length} members; at most ${MAX_HEADERS} are accepted`);
  const own = auth === undefined ? undefined : 'header' in auth ? auth.header.name : 'authorization';
  return names.flatMap((name) => {
    const taken =
      name.toLowerCase() === own?.toLowerCase() ? 'is set by auth: choose another name' : undefined;
    return fault(joinPath('headers', name), taken ?? faultOfHeader(dialect, name, headers[name] as string));
  });
}

function authFaults(dialect: Dialect, auth: EndpointAuth | undefined, rules: UrlRules): Fault[] {
  if (auth === undefined) {
    return dialect.signature === null
      ? fault(
          'auth',
          `is missing: the ${dialect.name} dialect signs nothing, so its endpoints know it by a header or an access token`,
        )
      : [];
  }
  const kind = 'header' in auth ? 'header' : 'openIdConnect';
  if (!dialect.auth.includes(kind)) {
    return fault(
      `auth.${kind}`,
      `is not known to the ${dialect.name} dialect. Accepted: ${dialect.auth.join(', ') || 'no auth'}`,
    );
  }
  if ('header' in auth)
    return fault('auth.header', faultOfHeader(dialect, auth.header.name, auth.header.value));
  const { issuer, tokenUrl } = auth.openIdConnect;
  if ((issuer === undefined) === (tokenUrl === undefined)) {
    return fault('auth.openIdConnect', 'must have either issuer or tokenUrl');
  }
  return issuer === undefined
    ? urlFaults('auth.openIdConnect.tokenUrl', tokenUrl ?? '', rules, nameKind)
    : urlFaults('auth.openIdConnect.issuer', issuer, rules, nameKind);
}

import * as z from 'zod';
import type { EndpointAuth } from '../../core/endpoint.ts';
import { MAX_URL_LENGTH } from '../../core/endpoint-url.ts';
import { clip, refuse } from '../../core/errors.ts';
import { MAX_API_VERSION_LENGTH } from '../../core/event.ts';
import { isJsonObject } from '../../core/json.ts';
import { EVENT_PATTERN } from '../../core/match.ts';
import { text } from './common.ts';

const MAX_FILTERS = 20;
const MAX_METADATA = 50;
const MAX_ALERT_ADDRESSES = 5;
/** All settings of one endpoint together: a page of a hundred endpoints is one answer, and must fit it. */
const MAX_SETTINGS_BYTES = 16_384;
/** More than this is refused unread: a patch comes on top of what is there. */
export const MAX_UNREAD_BYTES = 4 * MAX_SETTINGS_BYTES;

const FILTER_VALUE =
  'must be a text of at most 256 characters, a number, true, false, null, or a list of 1 to 100 of them';
const scalar = z.union([text(256), z.number(), z.boolean(), z.null()]);
export const filterValue = z.union(
  [z.array(scalar).min(1).max(100), scalar.transform((value) => [value])],
  FILTER_VALUE,
);

function atMost(members: number) {
  return [
    (value: object) => Object.keys(value).length <= members,
    `must have at most ${members} members`,
  ] as const;
}

/** The kinds of auth, and their members. */
export const authParts = {
  header: { name: z.string(), value: z.string() },
  openIdConnect: {
    issuer: text(MAX_URL_LENGTH).optional(),
    tokenUrl: text(MAX_URL_LENGTH).optional(),
    clientId: text(256).min(1),
    clientSecret: text(1024).min(1),
    scope: text(1024).optional(),
  },
};
const auth = z
  .strictObject({
    header: z.strictObject(authParts.header).optional(),
    openIdConnect: z.strictObject(authParts.openIdConnect).optional(),
  })
  .refine(
    (kinds) => Object.keys(kinds).length === 1,
    'must have either header or openIdConnect; a patch removes the other one by null',
  )
  .transform((kinds) => kinds as EndpointAuth);

/** RFC 5321, section 4.5.3.1.3: a path of 256 octets, two of them its angle brackets. */
const address = z.email().max(254);
export const addresses = z.union(
  [z.array(address).min(1).max(MAX_ALERT_ADDRESSES), address.transform((one) => [one])],
  `must be an e-mail address, or a list of 1 to ${MAX_ALERT_ADDRESSES} of them`,
);
const alerts = z
  .strictObject({ email: addresses.optional() })
  // What a patch leaves of it where it removes the addresses.
  .transform(({ email }) => (email === undefined ? undefined : { email }))
  .meta({
    description:
      'Who is told by mail when deliveries to the endpoint go on failing, or when it is switched off. Mails are sent where the deployment has a sender.',
    example: { email: ['ops@example.com'] },
  });

/** The members of an endpoint's limit. */
export const rateParts = {
  per_second: z.number().min(0.01).max(1_000).optional().meta({ description: 'Requests begun in a second.' }),
  concurrent: z.int().min(1).max(100).optional().meta({ description: 'Requests under way at a time.' }),
};
const rateLimit = z
  .strictObject(rateParts)
  // What a patch leaves of it where it removes both.
  .transform(({ per_second: perSecond, concurrent }) =>
    perSecond === undefined && concurrent === undefined ? undefined : { perSecond, concurrent },
  )
  .meta({
    description: 'What the endpoint takes at most. Deliveries above it wait; no attempt is spent on that.',
    example: { per_second: 1.5, concurrent: 2 },
  });

/** What a caller may set of an endpoint. The dialect's own rules follow in `checkSettings`. */
export const settingsSchema = z.strictObject({
  url: text(MAX_URL_LENGTH).meta({
    description:
      "Begins with `https://`; without credentials, fragment and white space, and not this API's own host. Addresses that are not public are not called.",
  }),
  events: z
    .array(z.string().max(128).regex(EVENT_PATTERN, 'must be an event type, a prefix like "order.*", or "*"'))
    .min(1)
    .max(100)
    .default(['*'])
    .meta({ description: 'Event types, `order.*` for all that begin with `order.`, or `*` for every one.' }),
  secret: z.string().optional().meta({
    description:
      "The tenant's own; made here where absent. In `standard` it is `whsec_` and the base64 of 24 to 64 bytes, elsewhere 8 to 256 visible characters of ASCII. `arken` has none, and `ed25519` none of the tenant's own.",
  }),
  signing: z
    .enum(['hmac', 'ed25519'])
    .optional()
    .meta({ description: '`hmac` where absent; `ed25519` in `standard` alone: `public_key` verifies then.' }),
  active: z.boolean().default(true).meta({ description: 'Whether it gets events; it may be made disabled.' }),
  filters: z
    .record(text(128), filterValue)
    .refine(...atMost(MAX_FILTERS))
    .optional()
    .meta({
      description: `At most ${MAX_FILTERS}: a path in the data, e.g. \`order.currency\`, and the values of which one must stand there.`,
    }),
  description: text(500).optional(),
  metadata: z
    .record(text(64), text(500))
    .refine(...atMost(MAX_METADATA))
    .optional()
    .meta({ description: `At most ${MAX_METADATA} texts of the tenant's own.` }),
  headers: z.record(z.string(), z.string()).optional().meta({
    description:
      'At most 20, sent with every request. Names that HTTP or any dialect uses are refused. The endpoint shows no values, but "[redacted]", which a patch may send back to keep them; the log of its attempts hides those whose names sound like credentials.',
  }),
  auth: auth.optional().meta({
    description:
      'For `arken`, which signs nothing: a header of its own, or a token by OpenID Connect client credentials. The secret value is shown as "[redacted]", which a patch may send back to keep it.',
  }),
  api_version: z
    .string()
    .max(MAX_API_VERSION_LENGTH)
    .regex(/^[\w.:-]+$/, 'must be letters, digits, ".", ":", "_" or "-"')
    .optional()
    .meta({ description: 'Stands in the envelopes of `arken`.' }),
  timeout: z.number().min(1).optional().meta({
    description:
      "Seconds that the endpoint has for a complete answer, to the millisecond; at most the dialect's timeout, which holds where this is absent.",
    example: 5,
  }),
  rate_limit: rateLimit.optional(),
  alerts: alerts.optional(),
  operational: z.boolean().optional().meta({
    description:
      'Whether it gets what the platform says of itself, and nothing else: `endpoint.failing` and the like. Set when the endpoint is made, and not changed later.',
  }),
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

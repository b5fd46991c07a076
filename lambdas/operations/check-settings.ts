import type { Dialect } from '../../core/dialects/dialect.ts';
import { type EndpointAuth, faultOfHeader, REDACTED } from '../../core/endpoint.ts';
import { faultOfUrl, type UrlRules } from '../../core/endpoint-url.ts';
import { type Fault, joinPath, nameKind, PosthornError, quote } from '../../core/errors.ts';
import { matchesType } from '../../core/match.ts';
import { faultOfSecret } from '../../core/new-secret.ts';
import { deployedDialects } from '../adapters/dialects.ts';
import type { EndpointSettings } from './endpoint-settings.ts';
import { type KnownTypes, listAccepted } from './known-types.ts';

const MAX_HEADERS = 20;

/**
 * Checks settings against the dialect.
 * @param known the types that the endpoint can get, where not any may come
 * @param kept patterns that it has already: the types may have been declared since
 * @throws PosthornError with every fault
 */
export function checkSettings(
  dialect: Dialect,
  settings: EndpointSettings,
  rules: UrlRules,
  known: KnownTypes | undefined,
  kept: readonly string[],
): void {
  const faults = [
    ...urlFaults('url', settings.url, rules),
    ...(known ? eventFaults(settings, known, kept) : []),
    ...secretFaults(dialect, settings),
    ...headerFaults(settings),
    ...authFaults(dialect, settings.auth, rules),
    ...timeoutFaults(dialect, settings.timeout),
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

/** A type that there is not would never come: better said now. */
function eventFaults({ events }: EndpointSettings, known: KnownTypes, kept: readonly string[]): Fault[] {
  const isAccepted = (pattern: string) =>
    kept.includes(pattern) ||
    (known.growing && pattern.endsWith('*')) ||
    known.types.some(({ type }) => matchesType(pattern, type));
  return events.flatMap((pattern, i) =>
    isAccepted(pattern)
      ? []
      : fault(`events[${i}]`, `is ${quote(pattern)}, which no ${known.kind} matches. ${listAccepted(known)}`),
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

function headerFaults({ headers = {}, auth }: EndpointSettings): Fault[] {
  const names = Object.keys(headers);
  if (names.length > MAX_HEADERS)
    return fault('headers', `has ${names.length} members; at most ${MAX_HEADERS} are accepted`);
  const own = auth === undefined ? undefined : 'header' in auth ? auth.header.name : 'authorization';
  const dialects = deployedDialects();
  return names.flatMap((name, i) => {
    const isName = (other?: string) => other?.toLowerCase() === name.toLowerCase();
    const words =
      (isName(own) ? 'is set by auth: choose another name' : undefined) ??
      faultOfHeader(dialects, name, headers[name] as string) ??
      faultOfValue(headers[name]) ??
      // HTTP knows no case in names, so that one of the two would be sent.
      (names.slice(0, i).some(isName) ? 'stands there twice, in another case: leave one out' : undefined);
    return fault(joinPath('headers', name), words);
  });
}

/** Where a patch keeps what is there, its value stands here; what comes here is kept of nothing. */
function faultOfValue(value: string | undefined): string | undefined {
  if (value !== REDACTED) return undefined;
  return `is ${quote(REDACTED)}, which in a patch keeps the value that is there, and there is none: send the value itself`;
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
  if ('header' in auth) {
    return [
      ...fault('auth.header', faultOfHeader([dialect], auth.header.name, auth.header.value)),
      ...fault('auth.header.value', faultOfValue(auth.header.value)),
    ];
  }
  return [
    ...fault('auth.openIdConnect.clientSecret', faultOfValue(auth.openIdConnect.clientSecret)),
    ...issuerFaults(auth.openIdConnect, rules),
  ];
}

type OpenIdConnect = Extract<EndpointAuth, { openIdConnect: unknown }>['openIdConnect'];

function issuerFaults({ issuer, tokenUrl }: OpenIdConnect, rules: UrlRules): Fault[] {
  if ((issuer === undefined) === (tokenUrl === undefined)) {
    return fault('auth.openIdConnect', 'must have either issuer or tokenUrl');
  }
  return issuer === undefined
    ? urlFaults('auth.openIdConnect.tokenUrl', tokenUrl ?? '', rules, nameKind)
    : urlFaults('auth.openIdConnect.issuer', issuer, rules, nameKind);
}

function timeoutFaults({ name, timeoutMs }: Dialect, timeout = 0): Fault[] {
  if (timeout * 1000 <= timeoutMs) return [];
  return fault(
    'timeout',
    `is ${timeout}; endpoints of the ${name} dialect have 1 to ${timeoutMs / 1000} seconds`,
  );
}

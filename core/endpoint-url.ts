import { quote } from './errors.ts';

/** Where the API itself is, which is no receiver. */
export interface ApiAddress {
  /** The host that it was called by. */
  readonly host: string;
  /** API Gateway's id: behind a domain of the operator's own, the API still has the host that begins with it. */
  readonly id?: string;
}

/** What a deployment allows of endpoint URLs. */
export interface UrlRules {
  /** Plain http, for receivers on the developer's own machine. */
  readonly allowHttp: boolean;
  readonly api: ApiAddress;
}

export const MAX_URL_LENGTH = 2_048;

const WHITE_SPACE = /[\s\p{Cc}]/gu;

/**
 * Why a URL may not be called, in words, or undefined where it may.
 * @param show how the refused text is quoted, where it stands among secrets
 */
export function faultOfUrl(
  text: string,
  { allowHttp, api }: UrlRules,
  show: (text: string) => string = quote,
): string | undefined {
  if (text.length > MAX_URL_LENGTH)
    return `has ${text.length} characters; at most ${MAX_URL_LENGTH} are accepted`;
  // Also where the rest is no URL: a password is not quoted.
  if (/^[a-z][a-z0-9+.-]*:[/\\]*[^/\\?#]*@/i.test(text.replace(WHITE_SPACE, '')))
    return 'must not hold a user or a password: send credentials in headers';
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return `is ${show(text)}, but an absolute https URL is wanted`;
  // URL.parse takes some of it out, so what is called would not be what was sent.
  if (text.search(WHITE_SPACE) >= 0) {
    return `is ${show(text)}, but a URL holds no white space: take it out, or write it as %20`;
  }
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
    return `is ${show(text)}, but the URL must begin with https://`;
  }
  if (text.includes('#')) return `is ${show(text)}, but a fragment is never sent: leave out what follows "#"`;
  if (!allowHttp && isOwn(url.hostname, api)) return "is this API's own host, which is no receiver";
  return undefined;
}

function isOwn(hostname: string, { host, id }: ApiAddress): boolean {
  const called = bareHost(hostname);
  return (
    called === bareHost(host) || (id !== undefined && called.startsWith(`${id.toLowerCase()}.execute-api.`))
  );
}

/** A host without its port and the root's full stop: `api.example.com.` is `api.example.com`. */
function bareHost(host: string): string {
  return host.toLowerCase().replace(/\.?(?::\d+)?$/, '');
}

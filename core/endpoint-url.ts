import { quote } from './errors.ts';

/** What a deployment allows of endpoint URLs. */
export interface UrlRules {
  /** Plain http, for receivers on the developer's own machine. */
  readonly allowHttp: boolean;
  /** The API's own host, which is no receiver. */
  readonly ownHost: string;
}

export const MAX_URL_LENGTH = 2_048;

/** Why a URL may not be called, in words, or undefined where it may. */
export function faultOfUrl(text: string, { allowHttp, ownHost }: UrlRules): string | undefined {
  if (text.length > MAX_URL_LENGTH)
    return `has ${text.length} characters; at most ${MAX_URL_LENGTH} are accepted`;
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return `is ${quote(text)}, but an absolute https URL is wanted`;
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
    return `is ${quote(text)}, but the URL must begin with https://`;
  }
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or a password: send credentials in headers';
  if (text.includes('#'))
    return `is ${quote(text)}, but a fragment is never sent: leave out what follows "#"`;
  if (!allowHttp && bareHost(url.hostname) === bareHost(ownHost))
    return "is this API's own host, which is no receiver";
  return undefined;
}

/** A host without its port and the root's full stop: `api.example.com.` is `api.example.com`. */
function bareHost(host: string): string {
  return host.toLowerCase().replace(/\.?(?::\d+)?$/, '');
}

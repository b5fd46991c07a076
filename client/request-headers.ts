/** The headers of a request: a Headers object, Node's `req.headers`, or any plain object of names and values. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * A header's value whatever the case of its name, or undefined where it is missing or empty.
 * @throws TypeError where the headers are none, so that it is not taken for a request that is not genuine
 */
export function readHeader(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError(
      "headers must be the request's: a Headers object, or an object of names and values, not a list.",
    );
  }
  if (typeof headers.get === 'function') return headers.get(name) || undefined;
  const wanted = name.toLowerCase();
  const found = Object.entries(headers).find(([key, value]) => value && key.toLowerCase() === wanted);
  const value = found?.[1] as string | readonly string[] | undefined;
  // HTTP's own way of joining a header that came more than once; no signature survives that.
  return (Array.isArray(value) ? value.join(', ') : value && String(value)) || undefined;
}

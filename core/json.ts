import { clip, joinPath, PosthornError, refuse } from './errors.ts';

/** A number of the producer's that a double cannot hold, kept as its own digits. ECMAScript's `JSON.rawJSON`. */
interface RawNumber {
  readonly rawJSON: string;
}

/** JSON.parse source text access, in V8 since 11.4; TypeScript's library does not declare it yet. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
const json = JSON as unknown as SourceTextJson;

/** Characters of a path that an error names. */
const MAX_PATH = 200;

/** Nesting that is accepted; deeper documents are attacks on somebody's stack, ours or a receiver's. */
export const MAX_DEPTH = 100;

/** Only a number with an exponent or with 16 digits and more can lose its value in a double (IEEE 754: 15 are safe). */
const MAY_LOSE_DIGITS = /\d[\d.]{15}|\d[eE][+-]?\d/;

/** Some of JSON.parse's messages end in a piece of the text, which may be a piece of a secret. */
const SNIPPET = /, (?:\.\.\.)?".*is not valid JSON$/s;

/**
 * Parses JSON without losing a digit: a number that a double cannot hold becomes a raw number, which
 * {@link printJson} prints as the producer wrote it.
 * @throws PosthornError `invalid_json`, with what JSON.parse said of the place
 */
export function parseJson(text: string): unknown {
  try {
    if (!MAY_LOSE_DIGITS.test(text)) return JSON.parse(text);
    return json.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && !isExact(value, source)
        ? json.rawJSON(source)
        : value,
    );
  } catch (error) {
    const reason =
      error instanceof RangeError
        ? `it is nested deeper than ${MAX_DEPTH} levels`
        : String(error).replace(SNIPPET, '');
    throw new PosthornError('invalid_json', `The body is not valid JSON: ${reason}.`, [], { cause: error });
  }
}

/** The one text of a JSON value: no white space, keys in JSON.parse's order, numbers as JavaScript prints them. */
export function printJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Whether a value is a number that {@link parseJson} kept as digits. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/** Whether a value is a JSON object (not null, not an array, not a raw number). */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** A number in a document that a double cannot hold. */
export interface InexactNumber {
  readonly path: string;
  readonly digits: string;
}

/**
 * Walks a parsed document once, to its end.
 * @returns the first number that a double cannot hold, or undefined
 * @throws PosthornError `invalid_json` where the document is nested deeper than {@link MAX_DEPTH}
 */
export function inspectJson(value: unknown, path: string, depth = 0): InexactNumber | undefined {
  if (isRawNumber(value)) return { path: clip(path, MAX_PATH), digits: clip(value.rawJSON, 80) };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) throw tooDeep(path);
  let first: InexactNumber | undefined;
  for (const [key, child] of Object.entries(value)) {
    const found = inspectJson(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, depth + 1);
    first ??= found;
  }
  return first;
}

/**
 * Looks over a part of a request that is no event's data, before anything recursive walks it.
 * @param path where it stands in the request
 * @param opaque its members with rules of their own, e.g. an event's data: they are not looked into
 * @throws PosthornError where it is nested too deeply, has a key `__proto__` (which libraries drop or, worse, obey),
 * or a number that a double cannot hold: no member that has a meaning here takes one
 */
export function checkDocument(value: unknown, path: string, opaque: readonly string[] = [], depth = 0): void {
  if (isRawNumber(value)) {
    const message = `${subjectOf(path)} is ${clip(value.rawJSON, 80)}, which is not exact as a number: send a text.`;
    throw refuse('invalid_request', path, message);
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) throw tooDeep(path);
  for (const [key, child] of Object.entries(value)) {
    if (depth === 0 && opaque.includes(key)) continue;
    const childPath = joinPath(path, Array.isArray(value) ? Number(key) : key);
    if (key === '__proto__') {
      throw refuse(
        'invalid_request',
        childPath,
        `${childPath} has a name that is not accepted: leave it out.`,
      );
    }
    checkDocument(child, childPath, [], depth + 1);
  }
}

function tooDeep(path: string): PosthornError {
  return new PosthornError(
    'invalid_json',
    `${subjectOf(clip(path, MAX_PATH))} is nested deeper than ${MAX_DEPTH} levels.`,
  );
}

function subjectOf(path: string): string {
  return path === '' ? 'The body' : path.replace(/\]\.$/, ']');
}

/** A text that is equal for equal values: keys sorted, numbers by value. For comparing, not for sending. */
export function canonicalJson(value: unknown): string {
  if (isRawNumber(value)) return normalizeDecimal(value.rawJSON);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`,
    );
    return `{${members.sort().join(',')}}`;
  }
  return JSON.stringify(value);
}

const LONG_EXPONENT = /[eE][+-]?\d{20}/;

/** Whether a double prints the value that was written: 0.10 does (0.1), 9007199254740993 does not. */
function isExact(value: number, source: string): boolean {
  // Turning four million digits of an exponent into a BigInt takes seconds; a double's exponent has three.
  if (LONG_EXPONENT.test(source)) return false;
  return Number.isFinite(value) && normalizeDecimal(source) === normalizeDecimal(String(value));
}

/** A decimal as `<sign><digits>e<exponent>` without zeros at either end, so that equal values have equal texts. */
function normalizeDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  // Not by /0+$/: for zeros with a digit behind them its time grows with the square of their number.
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  const significant = digits.slice(0, end);
  const shift = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${shift}`;
}

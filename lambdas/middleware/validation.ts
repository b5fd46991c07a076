import type * as z from 'zod';
import { type Fault, joinPath, nameKind, PosthornError, quote } from '../../core/errors.ts';
import { checkDocument } from '../../core/json.ts';

/** Faults that are told at once: an answer must not grow with what was sent. */
const MAX_FAULTS = 20;

/**
 * Members of any request that may hold secrets, the last two in the guides' words: a message says what kind of value
 * stands there, and quotes nothing.
 */
const SECRET_MEMBERS: readonly PropertyKey[] = ['auth', 'headers', 'secret', 'security', 'webhookSecret'];

/**
 * Checks a part of a request.
 * @param root where the part stands: empty, or `events[3].`
 * @param opaque its members that the producer may fill as it likes; the schema or its caller looks after them
 * @throws PosthornError `invalid_request`, with every fault's path, the refused value and what would be accepted
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  root = '',
  opaque: readonly string[] = [],
): z.output<Schema> {
  checkDocument(input, root, opaque);
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, MAX_FAULTS);
  const faults = issues.flatMap((issue) => describeIssue(issue, input, root)).slice(0, MAX_FAULTS);
  throw new PosthornError('invalid_request', faults.map((fault) => fault.message).join(' '), faults);
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown, root: string): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_FAULTS).map((key) => {
      const path = joinPath(printPath(issue.path, root), key);
      return { path, message: `${path} is not known here: leave it out.` };
    });
  }
  const path = printPath(issue.path, root).replace(/\]\.$/, ']');
  if (issue.code === 'invalid_key') {
    const reasons = issue.issues.map(({ message }) => message).join(', ');
    return [{ path, message: `${path} has a name that is not accepted: ${reasons}.` }];
  }
  const value = valueAt(input, issue.path);
  const secret = path === '' || issue.path.some((key) => SECRET_MEMBERS.includes(key));
  const subject = path === '' ? 'The body' : path;
  const found =
    value === undefined ? `${subject} is missing` : `${subject} is ${(secret ? nameKind : quote)(value)}`;
  return [{ path, message: `${found}: ${issue.message}.` }];
}

function printPath(path: readonly PropertyKey[], root: string): string {
  return path.reduce<string>(joinPath, root);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

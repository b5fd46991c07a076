import type { z } from 'zod';
import { type Fault, PosthornError, quote } from '../../core/errors.ts';

/**
 * Checks a part of a request.
 * @throws PosthornError `invalid_request`, with every fault's path, the refused value and what would be accepted
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  root = '',
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => describeIssue(issue, input, root));
  throw new PosthornError('invalid_request', faults.map((fault) => fault.message).join(' '), faults);
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown, root: string): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = printPath([...issue.path, key], root);
      return { path, message: `${path} is not known here: leave it out.` };
    });
  }
  const path = printPath(issue.path, root).replace(/\.$/, '');
  const value = valueAt(input, issue.path);
  const subject = path === '' ? 'The body' : path;
  const found = value === undefined ? `${subject} is missing` : `${subject} is ${quote(value)}`;
  return [{ path, message: `${found}: ${issue.message}.` }];
}

/** A path as programmers write it: `events[2].id`. */
function printPath(path: readonly PropertyKey[], root: string): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' || text.endsWith('.') ? text + String(key) : `${text}.${String(key)}`;
  }, root);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

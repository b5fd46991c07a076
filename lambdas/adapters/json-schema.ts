import { createContext, Script } from 'node:vm';
import type { ErrorObject } from 'ajv';
import { type Fault, joinPath, quote } from '../../core/errors.ts';
import { printJson } from '../../core/json.ts';

/** Checks a value. @param root where it stands in the request, e.g. `events[3].data` @returns what does not fit */
export type SchemaCheck = (value: unknown, root: string) => Fault[];

/** Faults that one refusal names. */
const MAX_FAULTS = 20;

/** A tenant's pattern may take a regular expression for ever: what takes longer than this does not fit. */
const CHECK_MS = 250;
const COMPILE_MS = 1_000;

/**
 * Compiles a JSON Schema 2020-12. `format` is an annotation, as that draft has it by default.
 * @throws Error that says what is wrong with the schema
 */
export async function compileSchema(schema: object): Promise<SchemaCheck> {
  // On demand: most functions and most tenants never need it.
  const ajv2020 = await import('ajv/dist/2020.js');
  // A bundled CommonJS package has nothing but its default export.
  const ajv = new ajv2020.default.Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    logger: false,
  });
  const check = bounded(COMPILE_MS, () => ajv.compile(plain(schema) as object));
  return (value, root) => {
    const checked = plain(value);
    try {
      if (bounded(CHECK_MS, () => check(checked))) return [];
    } catch {
      return [{ path: root, message: `${root} could not be checked against its schema in ${CHECK_MS} ms.` }];
    }
    return (check.errors ?? []).slice(0, MAX_FAULTS).map((error) => describe(error, checked, root));
  };
}

/** A number that a double cannot hold is checked as the nearest that it can. */
function plain(value: unknown): unknown {
  return JSON.parse(printJson(value));
}

const sandbox: { work?: () => unknown } = createContext({});
const call = new Script('work()');

/** Runs `work` for so long at most: the one way to stop a regular expression. @throws Error where it took longer */
function bounded<Result>(timeout: number, work: () => Result): Result {
  sandbox.work = work;
  return call.runInContext(sandbox, { timeout }) as Result;
}

function describe(error: ErrorObject, value: unknown, root: string): Fault {
  const { missingProperty, additionalProperty, unevaluatedProperty } = error.params;
  const member: string | undefined = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  const parts = error.instancePath.split('/').slice(1).map(unescapePointer);
  const { path, found } = walk(value, member === undefined ? parts : [...parts, member], root);
  if (missingProperty !== undefined) return { path, message: `${path} is missing, but the schema wants it.` };
  if (member !== undefined) return { path, message: `${path} is not in the schema: leave it out.` };
  return { path, message: `${path} is ${quote(found)}, but ${error.message ?? 'the schema forbids it'}.` };
}

/** A place as programmers write it, `data.items[0].sku`, and what stands there. */
function walk(value: unknown, parts: readonly string[], root: string): { path: string; found: unknown } {
  let [path, found] = [root, value];
  for (const part of parts) {
    path = joinPath(path, Array.isArray(found) ? Number(part) : part);
    found = typeof found === 'object' && found !== null ? Reflect.get(found, part) : undefined;
  }
  return { path, found };
}

/** RFC 6901, section 4. */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

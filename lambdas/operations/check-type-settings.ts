import { PosthornError, refuse } from '../../core/errors.ts';
import { type EventType, MAX_SCHEMA_BYTES } from '../../core/event-type.ts';
import { printJson } from '../../core/json.ts';
import { compileSchema } from '../adapters/json-schema.ts';

/** @throws PosthornError where the schema is none, or the example does not fit it */
export async function checkTypeSettings({
  schema,
  example,
}: Pick<EventType, 'schema' | 'example'>): Promise<void> {
  checkObject('schema', schema);
  checkObject('example', example);
  if (schema === undefined) return;
  const check = await compileSchema(schema).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse('invalid_request', 'schema', `schema is no JSON Schema 2020-12: ${reason.slice(0, 300)}.`);
  });
  const faults = example === undefined ? [] : check(example, 'example');
  if (faults.length === 0) return;
  throw new PosthornError('invalid_request', faults.map(({ message }) => message).join(' '), faults);
}

function checkObject(path: string, value: object | undefined): void {
  if (value === undefined) return;
  const bytes = Buffer.byteLength(printJson(value));
  if (bytes <= MAX_SCHEMA_BYTES) return;
  throw refuse(
    'invalid_request',
    path,
    `${path} is ${bytes} bytes; at most ${MAX_SCHEMA_BYTES} are accepted.`,
  );
}

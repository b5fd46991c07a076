import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { noteCalled } from './called-operations.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document as it was read
type Json = any;

const document: Json = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
  closeObjects,
);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'document');

/** Clients have to expect more members one day; these tests take none that is not documented. */
function closeObjects(_key: string, value: Json): Json {
  if (value?.type !== 'object' || value.properties === undefined || 'additionalProperties' in value)
    return value;
  return { ...value, additionalProperties: false };
}

const templates = Object.keys(document.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\+?\}/g, '[^/]+')}$`) }))
  // `/v1/things/latest` before `/v1/things/{id}`.
  .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

/**
 * Holds an answer against the committed document.
 * @throws Error that says where an answer to a documented operation is otherwise; any other route is let pass
 */
export function checkAgainstDocument(method: string, path: string, status: number, body: unknown): void {
  const route = path.split('?')[0] as string;
  const template = templates.find(({ pattern }) => pattern.test(route))?.path ?? '';
  const operation = document.paths[template]?.[method.toLowerCase()];
  if (operation === undefined || status === 429) return;
  const name = `${method} ${template} answers ${status}`;
  if (status < 300) noteCalled(`${method} ${template}`);
  const found = operation.responses[status];
  if (found === undefined) throw new Error(`${name}, which is not documented.`);
  const response = found.$ref ? document.components.responses[found.$ref.split('/').at(-1)] : found;
  const schema = (Object.values(response.content ?? {})[0] as Json)?.schema;
  if (schema === undefined) return;
  if (!validatorOf(schema)(body)) {
    throw new Error(`${name} otherwise than documented: ${ajv.errorsText(validators.get(schema)?.errors)}`);
  }
}

const validators = new Map<object, ReturnType<typeof ajv.compile>>();

function validatorOf(schema: Json) {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
  const validator = validators.get(schema) ?? ajv.compile(JSON.parse(text));
  validators.set(schema, validator);
  return validator;
}

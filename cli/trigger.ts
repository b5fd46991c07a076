import { PosthornApiError } from '../client/posthorn.ts';
import type { Dialect } from '../core/dialects/dialect.ts';
import { DIALECTS } from '../core/dialects/index.ts';
import { parseJson } from '../core/json.ts';
import { type Command, type CommandContext, tenantQuery } from './command.ts';
import { UsageError } from './usage-error.ts';

export const trigger: Command = {
  name: 'trigger',
  usage: '<type> [--data JSON] [--dialect NAME]',
  summary: 'Publish an event of a type, with the data of its example.',
  flags: { data: 'this data, a JSON object, instead of the example' },
  wants: ['type'],
  run: async (context) => {
    const { sdk, settings, flags, positionals, json, print } = context;
    const [type = ''] = positionals;
    const data = flags.data === undefined ? await exampleOf(type, context) : readData(flags.data);
    const event = await sdk.events.publish({ type, data, tenant_id: settings.tenant });
    print(json ? JSON.stringify(event) : `Published ${event.type} as ${event.id}.`);
  },
};

/**
 * The example of the tenant's own type or of its dialect's catalogue, which the API answers. Catalogues are looked into here
 * where a dialect is named, or for a key that may only publish: then a type that stands in several is nobody's.
 */
async function exampleOf(type: string, context: CommandContext): Promise<object> {
  const named = context.settings.dialect;
  const [own] = named === undefined ? [] : examplesIn([findDialect(named)], type);
  if (own) return own.example;
  const answer = await readExample(type, context);
  if (typeof answer === 'object') return answer;
  const found = answer === 'forbidden' ? examplesIn(Object.values(DIALECTS), type) : [];
  const [first, second] = found;
  if (first === undefined) {
    throw new UsageError(`No catalogue has an example of ${JSON.stringify(type)}: give --data.`);
  }
  if (second === undefined) return first.example;
  const names = found.map(({ name }) => name).join(', ');
  throw new UsageError(
    `${JSON.stringify(type)} is in several catalogues (${names}): give --dialect or --data.`,
  );
}

function examplesIn(dialects: readonly Dialect[], type: string) {
  return dialects.flatMap(({ name, catalogue }) => {
    const entry = catalogue?.find((one) => one.type === type);
    return entry ? [{ name, example: entry.example }] : [];
  });
}

/** What the API knows of the type for this tenant; a key that may only publish cannot read it. */
async function readExample(type: string, context: CommandContext): Promise<object | 'none' | 'forbidden'> {
  try {
    return (await context.sdk.eventTypes.get(type, tenantQuery(context))).example ?? 'none';
  } catch (error) {
    if (error instanceof PosthornApiError && error.status === 403) return 'forbidden';
    if (error instanceof PosthornApiError && error.status === 404) return 'none';
    throw error;
  }
}

export function dialectNamed(name: string): Dialect | undefined {
  return Object.values(DIALECTS).find((dialect) => dialect.name === name);
}

/** @throws UsageError where no dialect has that name */
export function findDialect(name: string): Dialect {
  const found = dialectNamed(name);
  if (found) return found;
  throw new UsageError(`dialect is ${JSON.stringify(name)}. Accepted: ${Object.keys(DIALECTS).join(', ')}.`);
}

function readData(text: string): object {
  try {
    // A number that a double cannot hold keeps its digits, where Node can do that (from 22 on).
    const data: unknown = 'rawJSON' in JSON ? parseJson(text) : JSON.parse(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  } catch {
    // Said below.
  }
  throw new UsageError(`--data is ${JSON.stringify(text.slice(0, 80))}; a JSON object is wanted.`);
}

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

/** The example of a catalogue, or of the tenant's own type. Some types stand in two catalogues: the dialect decides. */
async function exampleOf(type: string, context: CommandContext): Promise<object> {
  const named = context.settings.dialect;
  const dialects = named === undefined ? Object.values(DIALECTS) : [findDialect(named)];
  const found = dialects.flatMap((dialect: Dialect) => {
    const entry = dialect.catalogue?.find((one) => one.type === type);
    return entry ? [{ name: dialect.name, example: entry.example }] : [];
  });
  const [first, second] = found;
  if (first && !second) return first.example;
  if (first) {
    const names = found.map(({ name }) => name).join(', ');
    throw new UsageError(
      `${JSON.stringify(type)} is in several catalogues (${names}): give --dialect or --data.`,
    );
  }
  const own = await readOwnExample(type, context);
  if (own) return own;
  throw new UsageError(`No catalogue has an example of ${JSON.stringify(type)}: give --data.`);
}

/** The example that the tenant declared; a key that may only publish cannot read it. */
async function readOwnExample(type: string, context: CommandContext): Promise<object | undefined> {
  try {
    return (await context.sdk.eventTypes.get(type, tenantQuery(context))).example;
  } catch (error) {
    if (error instanceof PosthornApiError && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
}

/** @throws UsageError where no dialect has that name */
export function findDialect(name: string): Dialect {
  const found = Object.values(DIALECTS).find((dialect) => dialect.name === name);
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

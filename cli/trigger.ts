import type { Dialect } from '../core/dialects/dialect.ts';
import { DIALECTS } from '../core/dialects/index.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage-error.ts';

export const trigger: Command = {
  name: 'trigger',
  usage: '<type> [--data JSON] [--dialect NAME]',
  summary: 'Publish an event of a type, with the data of its example.',
  flags: { data: 'this data, a JSON object, instead of the example' },
  wants: ['type'],
  run: async ({ sdk, settings, flags, positionals, json, print }) => {
    const [type = ''] = positionals;
    const data = flags.data === undefined ? exampleOf(type, settings.dialect) : readData(flags.data);
    const event = await sdk.events.publish({ type, data, tenant_id: settings.tenant });
    print(json ? JSON.stringify(event) : `Published ${event.type} as ${event.id}.`);
  },
};

/** The catalogue's example. Some types stand in two catalogues: then the dialect decides. */
function exampleOf(type: string, named: string | undefined): object {
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
  throw new UsageError(`No catalogue has an example of ${JSON.stringify(type)}: give --data.`);
}

/** @throws UsageError where no dialect has that name */
export function findDialect(name: string): Dialect {
  const found = Object.values(DIALECTS).find((dialect) => dialect.name === name);
  if (found) return found;
  throw new UsageError(`dialect is ${JSON.stringify(name)}. Accepted: ${Object.keys(DIALECTS).join(', ')}.`);
}

function readData(text: string): object {
  try {
    const data = JSON.parse(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  } catch {
    // Said below.
  }
  throw new UsageError(`--data is ${JSON.stringify(text.slice(0, 80))}; a JSON object is wanted.`);
}

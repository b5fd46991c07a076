import type { Delivery } from '../client/generated.ts';
import { type Command, type CommandContext, tenantQuery } from './command.ts';
import { printRows } from './print-rows.ts';
import { UsageError } from './usage-error.ts';

export const events: Command = {
  name: 'events',
  usage: '[--type TYPE] [--limit N]',
  summary: 'List events, newest first.',
  flags: { type: 'only this type', limit: 'how many, 1 to 100 (20)' },
  wants: [],
  run: async (context) => {
    const { flags, sdk, json, print } = context;
    const query = { ...tenantQuery(context), type: flags.type, limit: readLimit(flags.limit) };
    const { events } = await sdk.events.list(query);
    printRows(events, ['created_at', 'type', 'id'], json, print);
  },
};

const STATUSES = ['pending', 'retrying', 'success', 'failed', 'discarded'] as const;

export const deliveries: Command = {
  name: 'deliveries',
  usage: '--webhook ID | --event ID [--status STATUS] [--limit N]',
  summary: 'List the deliveries of an endpoint or of an event.',
  flags: {
    webhook: 'of this endpoint',
    event: 'of this event',
    status: `only these: ${STATUSES.join(', ')}`,
    limit: 'how many, 1 to 100 (20)',
  },
  wants: [],
  run: async (context) => {
    const rows = await readDeliveries(context);
    const columns = [
      'id',
      'event_type',
      'status',
      'status_code',
      'attempts',
      'event_id',
      'webhook_id',
      'error',
    ];
    printRows(rows, columns, context.json, context.print);
  },
};

async function readDeliveries(context: CommandContext): Promise<Delivery[]> {
  const { flags, sdk } = context;
  const query = { ...tenantQuery(context), limit: readLimit(flags.limit) };
  const status = STATUSES.find((one) => one === flags.status);
  if (flags.status !== undefined && status === undefined) {
    throw new UsageError(`--status is ${JSON.stringify(flags.status)}. Accepted: ${STATUSES.join(', ')}.`);
  }
  if (flags.webhook && !flags.event) {
    return (await sdk.webhooks.listDeliveries(flags.webhook, { ...query, status })).deliveries;
  }
  if (!flags.event || flags.webhook) throw new UsageError('Give either --webhook or --event.');
  return (await sdk.events.listDeliveries(flags.event, { ...query, status })).deliveries;
}

function readLimit(text = '20'): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new UsageError(`--limit is ${JSON.stringify(text)}. Accepted: 1 to 100.`);
}

export const resend: Command = {
  name: 'resend',
  usage: '<delivery>',
  summary: 'Make one more attempt of a delivery now.',
  flags: {},
  wants: ['delivery'],
  run: async (context) => {
    const { sdk, positionals, json, print } = context;
    const delivery = await sdk.deliveries.resend(positionals[0] as string, tenantQuery(context));
    print(
      json
        ? JSON.stringify(delivery)
        : `${delivery.id} is ${delivery.status}: one more attempt is on its way.`,
    );
  },
};

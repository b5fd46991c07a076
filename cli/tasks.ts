import type { Task } from '../client/generated.ts';
import { type Command, type CommandContext, tenantQuery } from './command.ts';
import { UsageError } from './usage-error.ts';

const RANGE = {
  since: 'events accepted at this time or later, e.g. 2026-01-15T12:30:00Z',
  until: 'events accepted before this time (now)',
};

export const recover: Command = {
  name: 'recover',
  usage: '<webhook> --since TIME [--until TIME]',
  summary: 'Deliver again everything that failed of an endpoint since a time.',
  flags: RANGE,
  wants: ['webhook'],
  run: async (context) => {
    const { sdk, positionals } = context;
    const range = readRange(context);
    printTask(await sdk.webhooks.recover(positionals[0] as string, range, tenantQuery(context)), context);
  },
};

export const sendMissed: Command = {
  name: 'send-missed',
  usage: '<webhook> --since TIME [--until TIME]',
  summary: 'Deliver the events since a time that an endpoint never got.',
  flags: RANGE,
  wants: ['webhook'],
  run: async (context) => {
    const { sdk, positionals } = context;
    const range = readRange(context);
    printTask(await sdk.webhooks.sendMissed(positionals[0] as string, range, tenantQuery(context)), context);
  },
};

export const tasks: Command = {
  name: 'tasks',
  usage: '<task>',
  summary: 'Show how far a task is.',
  flags: {},
  wants: ['task'],
  run: async (context) => {
    const { sdk, positionals } = context;
    printTask(await sdk.tasks.get(positionals[0] as string, tenantQuery(context)), context);
  },
};

function readRange({ flags }: CommandContext): { since: string; until?: string } {
  const { since, until } = flags;
  if (since === undefined) throw new UsageError(`--since is missing. Give a time: ${RANGE.since}.`);
  return { since, ...(until !== undefined && { until }) };
}

function printTask(task: Task, { json, print }: CommandContext): void {
  const { id, status, reason, done, left, failed, skipped } = task;
  const why = reason === undefined ? '' : ` (${reason})`;
  const counts = `${done} done, ${left ?? '?'} left, ${failed} failed, ${skipped} skipped`;
  print(json ? JSON.stringify(task) : `${id} is ${status}${why}: ${counts}.`);
}

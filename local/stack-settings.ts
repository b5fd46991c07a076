import type { Dialect } from '../core/dialects/dialect.ts';
import { DIALECTS } from '../core/dialects/index.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** Settings of the stack, by context name; values that are not strings are passed as JSON. */
export type StackContext = Readonly<Record<string, unknown>>;

/**
 * Not a guide's: `standard` with two short retries, so that a retry can be watched without waiting for a guide's
 * minutes. Local stacks have it unless told otherwise; no other stack does.
 */
export const demoDialect: Dialect = {
  ...DIALECTS.standard,
  name: 'demo',
  title: 'Standard Webhooks with a demo schedule (retries after 1 and 2 s)',
  retryDelays: [1, 2],
  jitter: 0,
};

/** Local mails go nowhere: the emulator keeps them, and shows them to whoever asks. */
const LOCAL_SENDER = 'alerts@posthorn.example';

/** What a local stack is asked for; `extra` wins. */
export function localContext(extra: StackContext = {}): StackContext {
  return {
    production: false,
    allowLocalReceivers: true,
    traceSampling: 0,
    extraDialects: [demoDialect],
    alertSender: LOCAL_SENDER,
    ...extra,
  };
}

/** As arguments of `cdk`. */
export function contextArguments(context: StackContext): string[] {
  return Object.entries(context).flatMap(([name, value]) => [
    '--context',
    `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
}

import type { Dialect, EventTypeDefinition } from './dialect.ts';
import { FILE_EVENT } from './file-event.ts';
import { data, type Schema, text } from './schema.ts';

type Row = readonly [action: string, description: string];

function category(
  name: string,
  schema: Schema,
  example: Readonly<Record<string, unknown>>,
  rows: readonly Row[],
): EventTypeDefinition[] {
  return rows.map(([action, description]) => ({
    type: `${name}.${action}`,
    group: name,
    description,
    example,
    schema,
  }));
}

/**
 * "Event Categories". The guide lists Account with Update only; Account.Create and Account.Delete are taken as well,
 * because the platform promises Create, Update and Delete for every category but FileStore. The guide shows no data:
 * the members are ours.
 */
const catalogue: readonly EventTypeDefinition[] = [
  ...category('Account', data({ accountHashId: text }), { accountHashId: 'acc_9f8e7d' }, [
    ['Create', 'A new account has been created'],
    ['Update', 'Updates were conducted on your current account'],
    ['Delete', 'Your current account has been deleted'],
  ]),
  ...category('Client', data({ clientHashId: text }), { clientHashId: 'cli_3b2a1c' }, [
    ['Create', 'A new client has been created'],
    ['Update', 'An existing client has been updated'],
    ['Delete', 'An existing client has been deleted'],
  ]),
  ...category('DocumentData', data({ documentDataHashId: text }), { documentDataHashId: 'dat_7e6f5a' }, [
    ['Create', 'A new document data entry has been created'],
    ['Update', 'An existing document data has been updated'],
    ['Delete', 'An existing document data has been deleted'],
  ]),
  ...category('User', data({ userHashId: text }), { userHashId: 'usr_1d2c3b' }, [
    ['Create', 'A new Arken user is added under your current Account'],
    ['Update', 'An existing Arken user is updated'],
    ['Delete', 'An existing Arken user is deleted'],
  ]),
  // "Pull a document": the event carries the document's hash id and the call that gets its details.
  ...category('FileStore', FILE_EVENT.schema, FILE_EVENT.example, [
    ['Download', 'An existing document has been fetched for download'],
    ['Upload', 'A document has been created and is ready to be downloaded'],
  ]),
];

/** Arken, "Webhooks" (beta). The guide shows no payload and no signature; the envelope is ours. */
export const arken: Dialect = {
  name: 'arken',
  title: 'Arken',
  idPrefixes: { event: 'evt_', endpoint: 'sub_', delivery: 'del_' },
  envelope: [
    { key: 'eventId', from: 'event.id' },
    { key: 'accountHashId', from: 'tenant.id' },
    { key: 'category', from: 'event.category' },
    { key: 'type', from: 'event.action' },
    { key: 'occurredAt', from: 'event.iso-millis' },
    { key: 'apiVersion', from: 'endpoint.api-version' },
    { key: 'data', from: 'event.data-without-callback' },
    { key: 'callback', from: 'event.callback' },
  ],
  numbers: 'as-sent',
  signature: null,
  auth: ['header', 'openIdConnect'],
  timeoutMs: 15_000,
  // "attempt sending the event 3 times prior to abandoning the sendout"; the delays are ours.
  retryDelays: [30, 300],
  jitter: 0,
  maxBodyBytes: 262_144,
  neverRetry: [],
  disableOn: [],
  resendRefusal:
    'Arken webhooks cannot be resent by hand once their attempts are over; read the missed event back from ' +
    'GET /Event/{eventId}, or list missed events with GET /Event.',
  catalogue,
  fileEvents: { upload: 'FileStore.Upload', download: 'FileStore.Download' },
};

import type { ZodOpenApiOperationObject } from 'zod-openapi';
import type { Dialect, EnvelopeSource, EventTypeDefinition } from '../core/dialects/dialect.ts';
import { buildEnvelope } from '../core/envelope.ts';
import { fileEventTypes, knownTypes } from '../core/file-events.ts';

type Schema = Record<string, unknown>;

/** What a tenant's own types look like, where the dialect has no catalogue. */
const ANY_TYPE: EventTypeDefinition = {
  type: 'order.paid',
  group: '',
  description: "Any event: the types are the tenant's own",
  example: { order: { id: 'ord_123', total: 5999 } },
  schema: { type: 'object' },
};

/** What each dialect sends to its endpoints, one entry for each type of its catalogue and each file event. */
export function describeWebhooks(
  dialects: readonly Dialect[],
): Record<string, { post: ZodOpenApiOperationObject }> {
  const entries = dialects.flatMap((dialect) => {
    const types = knownTypes(dialect);
    const known = (types ?? fileEventTypes(dialect)).map(
      (type) => [`${dialect.name}.${type.type}`, { post: describeWebhook(dialect, type, false) }] as const,
    );
    if (types !== null) return known;
    return [[dialect.name, { post: describeWebhook(dialect, ANY_TYPE, true) }] as const, ...known];
  });
  return Object.fromEntries(entries);
}

/** The tag of a dialect's webhooks. */
export function webhookTag(dialect: Dialect): string {
  return `Webhooks: ${dialect.title}`;
}

function describeWebhook(
  dialect: Dialect,
  type: EventTypeDefinition,
  anyType: boolean,
): ZodOpenApiOperationObject {
  return {
    tags: [webhookTag(dialect)],
    summary: anyType ? type.description : `${type.type}: ${type.description}`,
    security: [],
    parameters: headersOf(dialect).map(([name, description]) => ({
      name,
      in: 'header' as const,
      required: true,
      description,
      schema: { type: 'string' as const },
    })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: envelopeSchema(dialect, type, anyType),
          example: exampleBody(dialect, type),
        },
      },
    },
    responses: {
      '2XX': {
        description: `Received. Anything else, or nothing within ${dialect.timeoutMs / 1000} s, is a failure.`,
      },
    },
  };
}

function headersOf({ signature }: Dialect): [name: string, description: string][] {
  if (signature === null) return [];
  const { content, header, format, timestampHeader, idHeader } = signature;
  const shape =
    format === 'hex' ? 'as hex' : 'as `v1,<base64>` for each secret (`v1a,` for ed25519), space-separated';
  return [
    ...(idHeader ? [[idHeader, "The event's id."] as [string, string]] : []),
    ...(timestampHeader
      ? [[timestampHeader, "The attempt's time, seconds since 1970."] as [string, string]]
      : []),
    [header, `HMAC-SHA256 of \`${content.join('.')}\`, ${shape}.`],
  ];
}

function exampleBody(dialect: Dialect, { type, example }: EventTypeDefinition): unknown {
  const acceptedAt = Date.UTC(2026, 0, 15, 12, 30);
  const id = `${dialect.idPrefixes.event}0ujsswThIGTUYm2K8FjOOf`;
  return JSON.parse(
    buildEnvelope(dialect, { tenantId: 'acme', id, type, dataText: JSON.stringify(example), acceptedAt }),
  );
}

function envelopeSchema(dialect: Dialect, type: EventTypeDefinition, anyType: boolean): Schema {
  const members = dialect.envelope.map(({ key, from }) => [key, SOURCES[from](type, anyType)] as const);
  const required = dialect.envelope.filter(({ from }) => from !== 'event.callback').map(({ key }) => key);
  return { type: 'object', properties: Object.fromEntries(members), required };
}

const TEXT: Schema = { type: 'string' };
const TIME: Schema = { type: 'string', format: 'date-time' };

const SOURCES: Record<EnvelopeSource, (type: EventTypeDefinition, anyType: boolean) => Schema> = {
  'event.id': () => TEXT,
  'event.type': ({ type }, anyType) => (anyType ? TEXT : { const: type }),
  'event.category': ({ type }) => ({ const: type.slice(0, type.indexOf('.')) }),
  'event.action': ({ type }) => ({ const: type.slice(type.indexOf('.') + 1) }),
  'event.unix-seconds': () => ({ type: 'integer' }),
  'event.iso-seconds': () => TIME,
  'event.iso-millis': () => TIME,
  'event.data': dataSchema,
  'event.data-with-event-id': (type) => {
    const schema = dataSchema(type);
    return { ...schema, properties: { eventId: TEXT, ...(schema.properties as Schema) } };
  },
  'event.data-without-callback': (type) => {
    const schema = dataSchema(type);
    const { callback: _, ...properties } = schema.properties as Schema;
    return { ...schema, properties };
  },
  'event.callback': () => ({
    type: 'object',
    properties: { method: TEXT, url: { type: 'string', format: 'uri' } },
    required: ['method', 'url'],
  }),
  'tenant.id': () => TEXT,
  'endpoint.api-version': () => ({ type: ['string', 'null'] }),
};

function dataSchema({ schema }: EventTypeDefinition): Schema {
  const { $schema: _, ...rest } = schema;
  return rest;
}

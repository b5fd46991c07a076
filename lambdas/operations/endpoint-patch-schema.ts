import * as z from 'zod';
import { ownId, text } from './common.ts';
import { PERMANENT } from './endpoint-patch.ts';
import { addresses, authParts, filterValue, rateParts, settingsSchema } from './endpoint-settings.ts';

const { header, openIdConnect } = authParts;

/** What a patch may also take out of: the members of these are merged, and null removes one. */
const merged: Record<string, z.ZodType> = {
  filters: z.record(text(128), filterValue.nullable()),
  metadata: z.record(text(64), text(500).nullable()),
  headers: z.record(z.string(), z.string().nullable()),
  auth: z.strictObject({
    header: z.strictObject(header).partial().nullable().optional(),
    openIdConnect: z
      .strictObject({
        ...openIdConnect,
        issuer: openIdConnect.issuer.nullable(),
        tokenUrl: openIdConnect.tokenUrl.nullable(),
        scope: openIdConnect.scope.nullable(),
      })
      .partial()
      .nullable()
      .optional(),
  }),
  rate_limit: z.strictObject({
    per_second: rateParts.per_second.nullable(),
    concurrent: rateParts.concurrent.nullable(),
  }),
  alerts: z.strictObject({ email: addresses.nullable().optional() }),
};

function patched(name: string, schema: z.ZodType): z.ZodType {
  const plain = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  const changed = (merged[name] ?? (plain as z.ZodType)).meta({ ...schema.meta(), example: undefined });
  return name in PERMANENT ? changed.optional() : changed.nullable().optional();
}

const members = Object.entries(settingsSchema.shape).map(([name, schema]) => [name, patched(name, schema)]);

/** What a merge patch takes, for the document: `settingsSchema` checks what it makes of the endpoint. */
export const changedEndpointSchema = z
  .strictObject({ ...Object.fromEntries(members), tenant_id: ownId.optional() })
  .meta({
    id: 'WebhookPatch',
    description:
      'A JSON merge patch (RFC 7396): null removes, absent keeps. So does "[redacted]" in `headers` and `auth`, as an endpoint shows their values.',
    example: { events: ['order.paid'], filters: null, headers: { 'X-Team': null }, timeout: 5 },
  });

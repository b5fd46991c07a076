import * as z from 'zod';
import { EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH } from '../../core/event.ts';
import { MAX_SCHEMA_BYTES } from '../../core/event-type.ts';
import { isJsonObject } from '../../core/json.ts';
import { nextCursor, ownId, shownTime, text } from './common.ts';

export const typeName = z
  .string()
  .max(MAX_EVENT_TYPE_LENGTH)
  .regex(EVENT_TYPE_PATTERN, 'must be a dotted name of letters, digits, "_" and "-"')
  .meta({ example: 'order.paid' });

const jsonObject = (about: string, example: object) =>
  z
    .custom<Readonly<Record<string, unknown>>>(isJsonObject, 'must be a JSON object')
    .meta({ type: 'object', description: `${about}, ${MAX_SCHEMA_BYTES} bytes at most.`, example })
    .optional();

const settings = {
  description: text(500).optional().meta({ example: 'An order was paid.' }),
  schema: jsonObject("JSON Schema 2020-12 of the events' data", { required: ['total'] }),
  example: jsonObject('Data that fits the schema', { total: 5999 }),
};

/** What a caller may set of a type. */
export const settingsSchema = z.strictObject({ ...settings, archived: z.boolean().default(false) });

export const newEventTypeSchema = z
  .strictObject({ tenant_id: ownId.optional(), type: typeName, ...settings })
  .meta({ id: 'NewEventType' });

/** What a merge patch takes, for the document: {@link settingsSchema} checks what it makes of the type. */
export const changedEventTypeSchema = z
  .strictObject({
    tenant_id: ownId.optional(),
    description: settings.description.nullable(),
    schema: settings.schema.nullable(),
    example: settings.example.nullable(),
    archived: z.boolean().nullable().optional(),
  })
  .meta({ id: 'EventTypePatch', description: 'A JSON merge patch (RFC 7396): null removes, absent keeps.' });

export const eventTypeSchema = z
  .object({
    type: typeName,
    group: z.string().optional().meta({ description: 'In a catalogue: what belongs together.' }),
    ...settings,
    archived: z.boolean().meta({ example: false }),
    created_at: shownTime.optional().meta({ description: 'Absent in a catalogue.' }),
    updated_at: shownTime.optional(),
  })
  .meta({ id: 'EventType' });

export const eventTypeListSchema = z.object({
  event_types: z.array(eventTypeSchema),
  next_cursor: nextCursor,
});

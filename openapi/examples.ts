/** A JSON schema as the document has it. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly example?: unknown;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly format?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Media {
  readonly schema?: Schema;
  example?: unknown;
}

interface Described {
  readonly paths?: object;
  readonly components?: { readonly schemas?: object };
}

/** What stands for a schema that has no example and of which none can be made; a test finds it. */
export const NO_EXAMPLE = 'an example is missing';

/**
 * Gives every body in a document an example that has none, put together from its members' own: those that are always
 * there, and those optional ones that bring an example along.
 */
export function addExamples<Document extends Described>(document: Document): Document {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  for (const media of bodiesOf(document)) {
    if (media.schema !== undefined && !('example' in media)) media.example = exampleOf(media.schema, schemas);
  }
  return document;
}

/** The JSON bodies of a document's calls, requests and answers. */
export function bodiesOf({ paths = {} }: Described): Media[] {
  const operations = Object.values(paths).flatMap((item) => Object.values(item as object));
  return operations.flatMap(({ requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap((holder) =>
      holder?.content === undefined ? [] : (Object.values(holder.content) as Media[]),
    ),
  );
}

const BY_FORMAT: Record<string, unknown> = {
  'date-time': '2026-01-15T12:30:00Z',
  uri: 'https://example.com',
};

function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  if ('example' in schema) return schema.example;
  if (schema.$ref !== undefined) return exampleOf(named(schema.$ref, schemas), schemas);
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if ('default' in schema) return schema.default;
  const [variant] = schema.anyOf ?? schema.oneOf ?? [];
  if (variant !== undefined) return exampleOf(variant, schemas);
  if (schema.properties !== undefined) return exampleOfMembers(schema, schemas);
  if (schema.items !== undefined) return [exampleOf(schema.items, schemas)];
  if (schema.format !== undefined && schema.format in BY_FORMAT) return BY_FORMAT[schema.format];
  return schema.type === 'boolean' ? true : NO_EXAMPLE;
}

function exampleOfMembers(
  { properties = {}, required = [] }: Schema,
  schemas: Readonly<Record<string, Schema>>,
): object {
  const shown = Object.entries(properties).filter(
    ([name, member]) =>
      required.includes(name) || 'example' in member || 'example' in (member.anyOf?.[0] ?? {}),
  );
  return Object.fromEntries(shown.map(([name, member]) => [name, exampleOf(member, schemas)]));
}

function named(reference: string, schemas: Readonly<Record<string, Schema>>): Schema {
  return schemas[reference.split('/').at(-1) ?? ''] ?? {};
}

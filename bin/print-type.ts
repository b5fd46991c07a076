/** A JSON Schema of draft 2020-12, as far as our documents use it. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
}

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** The TypeScript type of what fits a schema; `unknown` for what no rule here covers. */
export function printType(schema: Schema, indent = ''): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) as string;
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices.map((choice) => printType(choice, indent)));
  if (schema.allOf) return schema.allOf.map((part) => `(${printType(part, indent)})`).join(' & ');
  if (Array.isArray(schema.type)) {
    return union(schema.type.map((type) => printType({ ...schema, type }, indent)));
  }
  return printOne(schema, indent);
}

function printOne(schema: Schema, indent: string): string {
  const type = schema.type as string | undefined;
  if (type === 'array') return printArray(schema, indent);
  if (type === 'object' || schema.properties) return printObject(schema, indent);
  return SIMPLE[type ?? ''] ?? 'unknown';
}

function printArray({ items, prefixItems }: Schema, indent: string): string {
  if (prefixItems) return `[${prefixItems.map((item) => printType(item, indent)).join(', ')}]`;
  const item = printType(items ?? {}, indent);
  return / [|&] /.test(item) ? `(${item})[]` : `${item}[]`;
}

function printObject({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  const more = typeof additionalProperties === 'object' ? printType(additionalProperties, indent) : 'unknown';
  if (!properties || Object.keys(properties).length === 0) return `Record<string, ${more}>`;
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([name, schema]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    const mark = required.includes(name) ? '' : '?';
    return `${printComment(schema.description, inner)}${inner}${key}${mark}: ${printType(schema, inner)};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

/** A comment of one line, with its line feed; nothing where there is no text. */
export function printComment(text: string | undefined, indent = ''): string {
  return text ? `${indent}/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n` : '';
}

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOperations, type PathItem } from './client-names.ts';
import { printComment, printType, type Schema } from './print-type.ts';

/**
 * Writes the client's calls and types from the API's document. A generator of our own: TypeScript 7 has no
 * JavaScript API, which the usual ones are made of.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const DOCUMENT = join(root, 'docs', 'openapi.json');
export const GENERATED = join(root, 'client', 'generated.ts');

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Document {
  readonly paths: Readonly<Record<string, PathItem<Operation>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** The client's generated module, from the committed document. */
export function printClient(document: Document = JSON.parse(readFileSync(DOCUMENT, 'utf8'))): string {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const types = schemas.map(
    ([name, schema]) => `${printComment(schema.description)}export type ${name} = ${printType(schema)};\n`,
  );
  const resources = Object.entries(nameOperations(document.paths));
  const classes = resources.map(([name, calls]) => {
    const methods = calls.map(({ name, verb, path, operation }) => printMethod(name, verb, path, operation));
    return printClass(name, methods);
  });
  return [
    '// Generated from docs/openapi.json by `npm run openapi`; changes made here are lost.',
    "import { type Call, type CallOptions, pathPart } from './http-client.ts';\n",
    ...types,
    ...classes,
    printIndex(resources.map(([name]) => name)),
  ].join('\n');
}

function printClass(resource: string, methods: readonly string[]): string {
  return `export class ${className(resource)} {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

${methods.join('\n')}}
`;
}

function printMethod(name: string, verb: string, path: string, operation: Operation): string {
  const inPath = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, parameter]) => parameter as string);
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const body = operation.requestBody?.content['application/json']?.schema;
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const result = success?.content?.['application/json']?.schema;
  // The client takes a 404 for done where a DELETE's first answer was lost: then there is no body.
  const answer = result ? `${printType(result)}${verb === 'delete' ? ' | undefined' : ''}` : 'void';
  const bodyMark = operation.requestBody?.required ? '' : '?';
  const parameters = [
    ...inPath.map((parameter) => `${camelCase(parameter)}: string`),
    ...(body ? [`body${bodyMark}: ${printType(body)}`] : []),
    ...(query.length > 0 ? [printQuery(query)] : []),
    'options?: CallOptions',
  ];
  const place = path.replace(/\{(\w+)\+?\}/g, (_, parameter) => `\${pathPart(${camelCase(parameter)})}`);
  const input = [...(body ? ['body'] : []), ...(query.length > 0 ? ['query'] : [])].join(', ');
  return `${printComment(operation.summary, '  ')}  async ${name}(${parameters.join(', ')}): Promise<${answer}> {
    return this.#call('${verb.toUpperCase()}', \`${place}\`, {${input && ` ${input} `}}, options);
  }
`;
}

function printQuery(query: NonNullable<Operation['parameters']>): string {
  const members = query.map(
    ({ name, required, schema }) => `${name}${required ? '' : '?'}: ${printType(schema)}`,
  );
  return `query${query.some(({ required }) => required) ? '' : '?'}: { ${members.join('; ')} }`;
}

function printIndex(resources: readonly string[]): string {
  const fields = resources.map((name) => `  readonly ${name}: ${className(name)};\n`).join('');
  const made = resources.map((name) => `    this.${name} = new ${className(name)}(call);\n`).join('');
  return `/** Every resource of the API. */
export class Resources {\n${fields}\n  constructor(call: Call) {\n${made}  }\n}\n`;
}

function className(resource: string): string {
  return `${resource.charAt(0).toUpperCase()}${resource.slice(1)}Resource`;
}

function camelCase(name: string): string {
  return name.replace(/[_-](\w)/g, (_, letter: string) => letter.toUpperCase());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(GENERATED, printClient());

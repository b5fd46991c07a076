import { readFileSync } from 'node:fs';
import type { Operation } from '../../../lambdas/operations/operation.ts';
import { createTenant, type TestTenant } from '../platform.ts';
import { kindsIn, makeThing, NOBODY } from './live-things.ts';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));

/** Tenants whose things are attacked. One is for declared event types, which would refuse the events of the others. */
const tenants: Record<string, TestTenant> = {};
/** What is there of them, made when it is first named. */
const things = new Map<string, Promise<string>>();

export async function makeOwners(): Promise<void> {
  for (const dialect of ['standard', 'arky', 'arken']) tenants[dialect] = await createTenant(dialect);
  tenants.types = await createTenant('standard');
}

/** Whose things a route is about. */
export function ownerOf(path: string): TestTenant {
  const [, name] = [
    ['/v1/businesses/', 'arky'],
    ['/v1/event-types', 'types'],
    ['/Event', 'arken'],
    ['', 'standard'],
  ].find(([start = '']) => path.startsWith(start)) as [string, string];
  return tenants[name] as TestTenant;
}

/** The id of something that is there. What is ended or disabled with it is made for it. */
export async function liveId(kind: string, { method, path }: Operation): Promise<string> {
  const owner = ownerOf(path);
  const changes = method === 'DELETE' || method === 'PATCH';
  if (changes && path === '/v1/tenants/{id}') return (await createTenant('standard')).id;
  if (method === 'DELETE' && kindsIn(path).at(-1) === kind) return await makeThing(kind, owner);
  const name = `${owner.id} ${kind}`;
  if (!things.has(name)) things.set(name, makeThing(kind, owner));
  return (await things.get(name)) as string;
}

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Record<string, { example: object; schema: Schema }> };
}

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: object;
}

function described({ method, path }: Operation): Described {
  return document.paths[path][method.toLowerCase()];
}

/** What the query of a route may have. */
export function queryNames(operation: Operation): string[] {
  const parameters = described(operation).parameters ?? [];
  return parameters.filter((one) => one.in === 'query').map(({ name }) => name);
}

/** What the body of a route may have. */
export function bodyNames(operation: Operation): string[] {
  return memberNames(bodyOf(operation)?.schema ?? {});
}

function bodyOf(operation: Operation) {
  return described(operation).requestBody?.content['application/json'];
}

function memberNames({ $ref, anyOf = [], properties = {} }: Schema): string[] {
  const referred =
    $ref === undefined ? [] : memberNames(document.components.schemas[$ref.split('/').at(-1) ?? '']);
  return [...Object.keys(properties), ...referred, ...anyOf.flatMap(memberNames)];
}

/** The document's example, about what is there; nothing of it is sent off this machine. */
export async function validBody(operation: Operation): Promise<object | undefined> {
  const media = bodyOf(operation);
  if (media === undefined) return undefined;
  const text = JSON.stringify(media.example).replace(/"https:[^"]*"/g, () => JSON.stringify(NOBODY));
  const body = JSON.parse(text);
  if ('webhookId' in body) body.webhookId = await liveId('webhooks', operation);
  if ('accountHashId' in body) body.accountHashId = ownerOf(operation.path).id;
  return body;
}

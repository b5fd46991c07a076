import type { LocalOutputs } from '../../../local/local-aws.ts';

/** One action on one resource. `role` and `resource` are names as `lib/` has them, e.g. `Deliver`, `StorageEvents`. */
export interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

export interface Policy {
  readonly role: string;
  readonly name: string;
  readonly document: { readonly Statement: readonly Statement[] };
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Every policy of every role of the stack; the other roles are CDK's own. */
export async function readPolicies(outputs: LocalOutputs): Promise<Policy[]> {
  const roles = namesIn(await callIam(outputs, { Action: 'ListRoles' }), 'RoleName');
  const ours = roles.filter((role) => role.startsWith(outputs.stackName));
  const policies = ours.map(async (role) => {
    const names = namesIn(await callIam(outputs, { Action: 'ListRolePolicies', RoleName: role }), 'member');
    return Promise.all(names.map((name) => readPolicy(outputs, role, name)));
  });
  return (await Promise.all(policies)).flat();
}

async function readPolicy(outputs: LocalOutputs, role: string, name: string): Promise<Policy> {
  const xml = await callIam(outputs, { Action: 'GetRolePolicy', RoleName: role, PolicyName: name });
  const [document = ''] = namesIn(xml, 'PolicyDocument');
  return { role, name, document: JSON.parse(decodeURIComponent(document)) };
}

export async function writePolicy(outputs: LocalOutputs, { role, name, document }: Policy): Promise<void> {
  const PolicyDocument = JSON.stringify(document);
  await callIam(outputs, { Action: 'PutRolePolicy', RoleName: role, PolicyName: name, PolicyDocument });
}

/** The same policy without one action. */
export function without(policy: Policy, action: string, resource: RegExp): Policy {
  const kept = policy.document.Statement.flatMap((statement) => {
    if (!list(statement.Resource).some((arn) => resource.test(arn))) return [statement];
    const Action = list(statement.Action).filter((one) => one !== action);
    return Action.length === 0 ? [] : [{ ...statement, Action }];
  });
  return { ...policy, document: { ...policy.document, Statement: kept } };
}

export function grantsOf({ role, document }: Policy): Permission[] {
  return document.Statement.flatMap(({ Action, Resource }) =>
    list(Action).flatMap((action) => list(Resource).map((resource) => ({ role, action, resource }))),
  );
}

/** The query API: its client would be one more dependency. The emulator takes the root key's word. */
async function callIam({ awsEndpoint, region }: LocalOutputs, params: Record<string, string>) {
  const response = await fetch(awsEndpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/iam/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Version: '2010-05-08', ...params }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`IAM refused ${params.Action}: ${text}`);
  return text;
}

function namesIn(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);
}

const list = <Value>(value: Value | readonly Value[]): readonly Value[] =>
  Array.isArray(value) ? value : [value as Value];

/** Whether a grant is one that allows what was done. Wildcards of ours stand at the end. */
export function covers(grant: Permission, done: Permission): boolean {
  const fits = grant.resource.endsWith('*')
    ? done.resource.startsWith(grant.resource.slice(0, -1))
    : done.resource === grant.resource;
  return fits && grant.role === done.role && grant.action === done.action;
}

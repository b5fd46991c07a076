/** What OpenAPI has under a path: an operation for each method. */
export type PathItem<Operation> = Readonly<Record<string, Operation & Named>>;

interface Named {
  readonly operationId?: string;
  readonly security?: readonly object[];
}

export interface NamedCall<Operation> {
  readonly name: string;
  /** `get`, `post`, … */
  readonly verb: string;
  readonly path: string;
  readonly operation: Operation;
}

const VERBS = ['get', 'post', 'put', 'patch', 'delete'];
/** Written by hand, with types that the document's unions cannot give. */
const BY_HAND = new Set(['post /v1/events']);
/** Where the rule below would give two routes one name, or a guide's route is no plural. */
const NAMES: Readonly<Record<string, string>> = {
  'post /v1/webhooks/test': 'sendTest',
  'get /Event': 'list',
  'get /Event/{eventId}': 'get',
  'post /Event/Subscription': 'createSubscription',
  'get /Event/Subscription': 'listSubscriptions',
  'get /Event/Subscription/{id}': 'getSubscription',
};
const CRUD: Readonly<Record<string, string>> = {
  post: 'create',
  put: 'put',
  patch: 'update',
  delete: 'delete',
};

/**
 * The client's resources and their calls. `POST /v1/webhooks` is `webhooks.create`, `GET /v1/webhooks/{id}/deliveries`
 * is `webhooks.listDeliveries`, and a POST to a word that is no plural is that word: `deliveries.resend`.
 */
export function nameOperations<Operation>(
  paths: Readonly<Record<string, PathItem<Operation>>>,
): Record<string, NamedCall<Operation>[]> {
  const resources: Record<string, NamedCall<Operation>[]> = {};
  for (const [path, item] of Object.entries(paths)) {
    for (const verb of VERBS.filter((one) => item[one] && !BY_HAND.has(`${one} ${path}`))) {
      const operation = item[verb] as Operation & Named;
      // What wants no key is a page for people, not a call of programs.
      if (operation.security?.length === 0) continue;
      const [resource = '', ...rest] = wordsOf(path);
      resources[resource] ??= [];
      const calls = resources[resource];
      const plain = NAMES[`${verb} ${path}`] ?? methodName(verb, path, rest, resource);
      // Two routes may come to one name; the document's own is never taken twice.
      const taken = calls.some(({ name }) => name === plain);
      calls.push({ name: taken ? (operation.operationId ?? `${plain}2`) : plain, verb, path, operation });
    }
  }
  return resources;
}

/** The path's fixed words: `/v1/tenants/{id}/api-keys` has `tenants` and `apiKeys`. */
function wordsOf(path: string): string[] {
  const words = path.split('/').filter((word) => word !== '' && word !== 'v1' && !word.startsWith('{'));
  return words.map((word) =>
    uncapitalize(word.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())),
  );
}

function methodName(verb: string, path: string, rest: readonly string[], resource: string): string {
  const last = rest.at(-1) ?? resource;
  const plural = last.endsWith('s') && last !== 'ips';
  const one = path.endsWith('}');
  if (verb === 'post' && rest.length > 0 && !plural) return rest.map(capitalizeNext).join('');
  const isList = verb === 'get' && plural && !one;
  const action = verb === 'get' ? (isList ? 'list' : 'get') : CRUD[verb];
  const nouns = rest.map((word, i) =>
    i === rest.length - 1 && plural && !isList ? word.slice(0, -1) : word,
  );
  return action + nouns.map(capitalize).join('');
}

function capitalizeNext(word: string, index: number): string {
  return index === 0 ? word : capitalize(word);
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function uncapitalize(word: string): string {
  return word.charAt(0).toLowerCase() + word.slice(1);
}

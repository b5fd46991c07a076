import fc from 'fast-check';

const long = (text: string, times: number) => text.repeat(times);
const nested = (depth: number) => `${long('{"a":[', depth / 2)}1${long(']}', depth / 2)}`;

/** JSON texts of values: many of them no serializer would write. */
const VALUES = [
  ...['null', 'true', '""', '[]', '{}', '[null]', '[[],{}]', '{"":0}', '{"a":1,"a":2}'],
  ...['0', '-0', '-1', '1e999', '-1e999', '1e-400', '12345678901234567890', '0.12345678901234567891'],
  ...['9'.repeat(400), `1e${'9'.repeat(30)}`],
  ...[
    '"\\u0000"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\uffff"',
    '"\\u202e💥\\u200d👩‍👩‍👧"',
    '"a\\r\\nX-Injected: 1"',
  ],
  ...['"../../etc/passwd"', `"' OR 1=1 --"`, '"<script>"', '"%00"', '"{{7*7}}"', '"__proto__"', '"*"'],
  ...['"http://[::1"', '"https://nobody.invalid/"', '"https://\\ud800.invalid"', '"file:///etc/passwd"'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"$ref":"#"}'],
  ...[nested(90), nested(200), `${long('[', 5_000)}${long(']', 5_000)}`],
  ...[`"${long('x', 70_000)}"`, `"${long('\\u0001', 20_000)}"`, `[${long('0,', 20_000)}0]`],
];

const STRANGE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'toJSON',
  'length',
  '',
  '\u0000',
  '$ref',
  '💥',
];

export const hostileText = fc.oneof(
  fc.constantFrom(
    ...['\u0000', '\ud800', '\uffff', '../../etc/passwd', "' OR 1=1 --", '<script>', '%00', '%'],
  ),
  fc.constantFrom('9'.repeat(400), 'x'.repeat(5_000), '{}', '*', 'order.*', 'null', '__proto__', '.', '..'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const hostileValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
);

/** Bodies that are no JSON, or no object. */
export const malformedBody: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  fc.constantFrom(...['', '{', 'null', '[]', '"x"', '1e999', '\ufeff{}', '{"a":1}}', "{'a':1}", '{"a":1,}']),
  fc.constantFrom(
    long('[', 50_000),
    long('{"a":', 50_000),
    '{"events":[null,1,{},[],{"type":"a","data":null}]}',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

/** A change of one member: where it stands, and what becomes of it. */
interface Change {
  readonly path: readonly string[];
  readonly how: 'replace' | 'remove' | 'add';
  /** JSON text. */
  readonly value: string;
}

/**
 * A valid body in which one member, or two, are replaced, left out, written twice or added.
 * @param names members that it may have besides
 */
export function mutate(body: object, names: readonly string[]): fc.Arbitrary<string> {
  const paths = pathsIn(body);
  const objects = [[], ...paths.filter((path) => isObject(valueAt(body, path)))];
  const anyName = fc.constantFrom(...names, ...STRANGE_NAMES);
  const changed = fc.record({
    path: paths.length > 0 ? fc.constantFrom(...paths) : anyName.map((name) => [name]),
    how: fc.constantFrom<Change['how']>('replace', 'replace', 'replace', 'remove', 'add'),
    value: hostileValue,
  });
  const added = fc.record({
    path: fc.tuple(fc.constantFrom<string[]>(...objects), anyName).map(([path, name]) => [...path, name]),
    how: fc.constant<Change['how']>('add'),
    value: hostileValue,
  });
  return fc
    .array(fc.oneof(changed, added), { minLength: 1, maxLength: 2 })
    .map((changes) => print(body, changes));
}

function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [
    [...path, name],
    ...pathsIn(child, [...path, name]),
  ]);
}

/** Changes leave marks in the body; in its text these are replaced by what no object can hold. */
function print(body: object, changes: readonly Change[]): string {
  const marked = structuredClone(body);
  changes.forEach((change, i) => void mark(marked, change, `@@${i}@@`));
  let text = JSON.stringify(marked);
  for (const [i, { path, value }] of changes.entries()) {
    text = text.replace(`"@@${i}@@":0`, () => `${JSON.stringify(path.at(-1))}:${value}`);
    text = text.replace(`"@@${i}@@"`, () => value);
  }
  return text;
}

function mark(body: object, { path, how }: Change, name: string): void {
  const parent = valueAt(body, path.slice(0, -1));
  // The change before it may have taken its place away.
  if (typeof parent !== 'object' || parent === null) return;
  const last = path.at(-1) as string;
  if (how === 'remove') Reflect.deleteProperty(parent, last);
  // A member that is there is then written twice.
  else if (how === 'add' && isObject(parent)) Reflect.set(parent, name, 0);
  else Reflect.set(parent, last, name);
}

function valueAt(body: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

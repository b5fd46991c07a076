import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** In the tests' directory: a line for each operation that a suite saw succeed through the API Gateway. */
const FILE = 'called-operations.txt';
const noted = new Set<string>();

/** Notes that an operation of the document succeeded, e.g. `GET /v1/events/{id}`. */
export function noteCalled(operation: string): void {
  const dir = process.env.POSTHORN_LOCAL_DIR;
  if (dir === undefined || noted.has(operation)) return;
  noted.add(operation);
  appendFileSync(path.join(dir, FILE), `${operation}\n`);
}

interface Paths {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The operations of a document that no suite of this run saw succeed. */
export function findUncalled(dir: string, { paths }: Paths): string[] {
  const file = path.join(dir, FILE);
  const called = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  return Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((operation) => !called.has(operation));
}

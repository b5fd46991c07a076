import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Names the file that has a line for each operation that a suite saw succeed through the API Gateway. */
export const CALLED_FILE = 'POSTHORN_CALLED_FILE';
const noted = new Set<string>();

/** Notes that an operation of the document succeeded, e.g. `GET /v1/events/{id}`, where somebody wants to know. */
export function noteCalled(operation: string): void {
  const file = process.env[CALLED_FILE];
  if (file === undefined || noted.has(operation)) return;
  noted.add(operation);
  appendFileSync(file, `${operation}\n`);
}

interface Paths {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The operations of a document that no suite saw succeed. */
export function findUncalled(file: string, { paths }: Paths): string[] {
  const called = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  return Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((operation) => !called.has(operation));
}

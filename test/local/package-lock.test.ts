import { readFileSync } from 'node:fs';
import path from 'node:path';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = path.resolve(import.meta.dirname, '../../package-lock.json');
const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };

// npm leaves out packages that the registry it was run against does not have; `npm ci` then fails everywhere.
test('every optional package is in the lock file, for platforms other than the one that wrote it too', () => {
  const missing = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${from}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

test('no registry is written into it', () => {
  expect(readFileSync(file, 'utf8')).not.toMatch(/"resolved"/);
});

import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startForTests } from './shared-stack.ts';

/** Jest imports this file natively, so Node reads the TypeScript behind it. */
// biome-ignore lint/style/noDefaultExport: jest calls the default export
export default async function setUp() {
  // `npm test` names a directory that it cleans up whatever happens; under plain `npx jest` there is none.
  process.env.POSTHORN_LOCAL_DIR ??= mkdtempSync(path.join(os.tmpdir(), 'posthorn-test-'));
  process.env.POSTHORN_OUTPUTS = await startForTests(process.env.POSTHORN_LOCAL_DIR);
}

import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { startLocal, stopLocal } from '../../local/local-aws.ts';
import { localPlace } from '../../local/place.ts';
import { showProgress } from '../../local/progress.ts';
import { testContext } from './test-context.ts';

/** Names the directory of a suite's own local AWS, below the tests' common one. */
export const OWN_STACK_PREFIX = 'own-stack-';

/**
 * Starts the local AWS that all end-to-end suites share, on a free port and beside the user's own; answers the path
 * of its outputs file. A start that fails leaves nothing running.
 */
export async function startForTests(dir: string): Promise<string> {
  const place = localPlace(dir);
  // Never the user's own emulator: suites break things on purpose.
  delete process.env.AWS_ENDPOINT_URL;
  await startLocal({ dir, port: 0, context: testContext, progress: showProgress() });
  return place.outputsFile;
}

/** Stops it, and what a killed suite left of a local AWS of its own in a directory below; removes their files. */
export async function stopForTests(dir: string): Promise<void> {
  const entries = existsSync(dir) ? readdirSync(dir) : [];
  for (const own of entries.filter((name) => name.startsWith(OWN_STACK_PREFIX))) {
    await stopLocal({ dir: path.join(dir, own) });
  }
  await stopLocal({ dir });
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}

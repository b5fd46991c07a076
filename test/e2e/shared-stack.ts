import { rmSync } from 'node:fs';
import { startLocal, stopLocal } from '../../local/local-aws.ts';
import { localPlace } from '../../local/place.ts';
import { showProgress } from '../../local/progress.ts';
import { testContext } from './test-context.ts';

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

/** Stops it and removes its files. */
export async function stopForTests(dir: string): Promise<void> {
  await stopLocal({ dir });
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}

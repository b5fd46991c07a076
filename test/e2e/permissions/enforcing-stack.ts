import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { startLocal, stopLocal } from '../../../local/local-aws.ts';
import { localPlace } from '../../../local/place.ts';
import type { StackContext } from '../../../local/stack-settings.ts';
import { OWN_STACK_PREFIX } from '../shared-stack.ts';
import { twoWaysDialect } from '../test-context.ts';
import type { Permission } from './iam.ts';

const TLS_FIXTURE = path.join(import.meta.dirname, '..', '..', 'fixtures', 'tls');

/** A second retries by the queue, three by a schedule. Everything is traced. */
const context = {
  traceSampling: 100,
  maxQueueDelaySeconds: 1,
  // One delivery's three attempts make its endpoint rest.
  circuitFailures: 3,
  circuitProbeSeconds: 2,
  alertGatherSeconds: 1,
  extraDialects: [{ ...twoWaysDialect, retryDelays: [1, 3] }],
};

export interface Decision extends Permission {
  readonly allowed: boolean;
}

/** A local AWS of a suite's own, in which each role may do what its policies say and nothing else. */
export async function startEnforcingStack(further: StackContext = {}) {
  // `npm test` names a directory that it cleans up whatever happens; under plain `npx jest` there may be none.
  const dir = mkdtempSync(path.join(process.env.POSTHORN_LOCAL_DIR ?? os.tmpdir(), OWN_STACK_PREFIX));
  // A copy: the emulator writes the bundle that functions trust beside it.
  cpSync(TLS_FIXTURE, path.join(dir, 'tls'), { recursive: true });
  const certificate = path.join(dir, 'tls', 'cert.pem');
  const key = path.join(dir, 'tls', 'key.pem');
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, readFileSync(certificate, 'utf8')]);
  process.env.AWS_CA_BUNDLE = certificate;
  delete process.env.AWS_ENDPOINT_URL;
  const stop = async () => {
    await stopLocal({ dir });
    // Suites that come after in this process trust nobody new.
    tls.setDefaultCACertificates(trusted);
    delete process.env.AWS_CA_BUNDLE;
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const program = path.join(import.meta.dirname, 'enforcing-ministack.py');
  try {
    const { outputs } = await startLocal({
      dir,
      port: 0,
      context: { ...context, ...further },
      enforcePermissions: { certificate, key, program },
    });
    const place = localPlace(dir);
    process.env.POSTHORN_OUTPUTS = place.outputsFile;
    return { outputs, stop, readLog: () => readFileSync(place.logFile, 'utf8') };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the emulator decided about the stack's roles. */
export function decisionsIn(log: string): Decision[] {
  return [...log.matchAll(/^DECISION (\{.*\})$/gm)].map(([, line = '']) => JSON.parse(line) as Decision);
}

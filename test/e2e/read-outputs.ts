import { readFileSync } from 'node:fs';
import type { LocalOutputs } from '../../local/local-aws.ts';

/** Where the shared local AWS and the stack in it are; set by jest's global setup. */
export function readOutputs(): LocalOutputs {
  const file = process.env.POSTHORN_OUTPUTS;
  if (!file) throw new Error('POSTHORN_OUTPUTS is not set: run this suite through `npm test`');
  return JSON.parse(readFileSync(file, 'utf8')) as LocalOutputs;
}

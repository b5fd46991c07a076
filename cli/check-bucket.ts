import { type Finding, judgeBucket } from '../core/judge-bucket.ts';
import type { PlainCommand } from './command.ts';
import { UsageError } from './usage-error.ts';

const MARKS = { right: '✔', missing: '✘', advised: '!' } as const;

/** The preflight check of a bucket that exists already, before it is given to the platform. */
export const checkBucket: PlainCommand = {
  name: 'check-bucket',
  usage: '<bucket> [--region REGION] [--key ARN]',
  summary: 'Say what a bucket lacks to hold the documents, and how to mend it.',
  flags: {
    region: "the bucket's region, instead of the AWS settings' own",
    key: 'the ARN of the KMS key that encrypts it, which the platform will be given as documentsKeyArn',
  },
  wants: ['bucket'],
  withoutApi: true,
  run: async ({ positionals, flags, json, print }) => {
    const [bucket = ''] = positionals;
    // Bucket names go into the commands that are printed to be run.
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
      throw new UsageError(`<bucket> is ${JSON.stringify(bucket)}, which is no name of a bucket.`);
    }
    if (flags.key !== undefined && !/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(flags.key)) {
      throw new UsageError(`--key is ${JSON.stringify(flags.key)}, which is no ARN of a KMS key.`);
    }
    // Loaded here: no other command needs the AWS SDK.
    const { readBucketSettings } = await import('./bucket-settings.ts');
    const settings = await readBucketSettings(bucket, flags.region).catch((error: Error) => {
      print(`${bucket} cannot be looked at: ${error.name}: ${error.message}`);
      return undefined;
    });
    if (settings === undefined) return 1;
    const findings = judgeBucket(bucket, settings, flags.key);
    for (const finding of findings) print(json ? JSON.stringify(finding) : describe(finding));
    const isReady = findings.every(({ verdict }) => verdict !== 'missing');
    if (!json) print(`\n${bucket} ${isReady ? 'can hold the documents.' : 'cannot hold the documents yet.'}`);
    return isReady ? 0 : 1;
  },
};

function describe({ name, verdict, message, fix }: Finding): string {
  const line = `${MARKS[verdict]} ${name}: ${message}`;
  return fix === undefined ? line : `${line}\n    ${fix}`;
}

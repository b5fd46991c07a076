import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { TimedCache } from './cache.ts';

/** The longest that a role taken by another role lasts ("Role chaining", AWS IAM user guide). */
const SESSION_SECONDS = 3600;
/** A session is left with 20 minutes: a link's longest life is 15, and clocks differ. */
const USED_FOR_MS = 40 * 60_000;
const ROLES = 10;

const sts = new STSClient({ maxAttempts: 5, requestHandler: AWS_TIMEOUTS });
const signers = new TimedCache<S3Client>(ROLES, USED_FOR_MS);

/**
 * A client that signs as a role which may do nothing else. A link ends with its signer's session, so a session is used only
 * while it has longer to live than any link.
 */
export function signerOf(roleArn: string): Promise<S3Client> {
  return signers.getOrLoad(roleArn, () => assume(roleArn));
}

async function assume(RoleArn: string): Promise<S3Client> {
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'links', DurationSeconds: SESSION_SECONDS }),
  );
  if (session === undefined) throw new Error(`STS gave no session of ${RoleArn}.`);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = session;
  return new S3Client({
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    // Whoever follows a link is not asked for checksums that the SDK would add to its signature.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';

/** The longest that a role taken by another role lasts ("Role chaining", AWS IAM user guide). */
const SESSION_SECONDS = 3600;
/** What a session must have left over for a link's longest life (15 minutes), and clocks that differ. */
const LEFT_MS = 20 * 60_000;

const sts = new STSClient({ maxAttempts: 5, requestHandler: AWS_TIMEOUTS });

interface Signer {
  readonly client: S3Client;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const signers = new Map<string, Promise<Signer>>();

/**
 * A client that signs as a role which may do nothing else. A link ends with its signer's session, so the session has
 * always longer to live than any link: it is renewed after 40 minutes of its hour.
 * @param now milliseconds since 1970
 */
export async function signerOf(roleArn: string, now: number): Promise<S3Client> {
  const kept = await signers.get(roleArn)?.catch(() => undefined);
  if (kept !== undefined && kept.until - now > LEFT_MS) return kept.client;
  const renewed = assume(roleArn);
  signers.set(roleArn, renewed);
  return (await renewed).client;
}

async function assume(RoleArn: string): Promise<Signer> {
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'links', DurationSeconds: SESSION_SECONDS }),
  );
  if (session?.Expiration === undefined) throw new Error(`STS gave no session of ${RoleArn}.`);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = session;
  const client = new S3Client({
    credentials: {
      accessKeyId: AccessKeyId ?? '',
      secretAccessKey: SecretAccessKey ?? '',
      sessionToken: SessionToken,
    },
    // Whoever follows a link is not asked for checksums that the SDK would add to its signature.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { client, until: Expiration.getTime() };
}

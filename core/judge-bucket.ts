/** What S3 says of a bucket, as its SDK gives it; a member is absent where the bucket has no such setting. */
export interface BucketSettings {
  /** As `GetBucketNotificationConfiguration` answers it. */
  readonly notifications: Readonly<Record<string, unknown>>;
  readonly versioning?: string;
  readonly publicAccessBlock?: Readonly<Record<string, boolean | undefined>>;
  /** JSON. */
  readonly policy?: string;
  /** `AES256`, `aws:kms` or `aws:kms:dsse`. */
  readonly encryption?: string;
  readonly encryptionKey?: string;
  /** Whether a lifecycle rule ends versions that were replaced. */
  readonly endsOldVersions: boolean;
}

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  /** `missing`: the platform does not work without; `advised`: it works, and less well. */
  readonly verdict: 'right' | 'missing' | 'advised';
  readonly message: string;
  /** The command that mends it, for a POSIX shell. */
  readonly fix?: string;
}

const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

/** "Enabling Amazon EventBridge" (Amazon S3 user guide): such a change takes about five minutes; nothing tells when it is done. */
const TAKES_MINUTES = 'S3 may take some minutes to act on a change of it: try with one upload';

/**
 * Whether a bucket of somebody else's making can be the documents' bucket, and what its owner must do first.
 * @param keyArn the KMS key that the platform is given (`documentsKeyArn`), if any
 */
export function judgeBucket(bucket: string, settings: BucketSettings, keyArn?: string): Finding[] {
  return [
    judgeNotifications(bucket, settings),
    judgeVersioning(bucket, settings),
    judgePublicAccess(bucket, settings),
    judgeTls(settings),
    judgeEncryption(settings, keyArn),
    judgeLifecycle(settings),
  ];
}

/** Putting a notification configuration replaces the whole of it, so the command holds what is there as well. */
function judgeNotifications(bucket: string, { notifications }: BucketSettings): Finding {
  const name = 'EventBridge notifications';
  if (notifications.EventBridgeConfiguration !== undefined) {
    return { name, verdict: 'right', message: `on. ${TAKES_MINUTES}` };
  }
  const whole = JSON.stringify({ ...notifications, EventBridgeConfiguration: {} });
  return {
    name,
    verdict: 'missing',
    message: `off: no upload would be noticed. The command keeps the notifications that are there. ${TAKES_MINUTES}`,
    fix: `${s3api('put-bucket-notification-configuration', bucket)} --notification-configuration ${quoted(whole)}`,
  };
}

function judgeVersioning(bucket: string, { versioning }: BucketSettings): Finding {
  const name = 'versioning';
  if (versioning === 'Enabled') return { name, verdict: 'right', message: 'on' };
  return {
    name,
    verdict: 'missing',
    message: `${versioning ?? 'off'}: a link to a version that was replaced would show another file`,
    fix: `${s3api('put-bucket-versioning', bucket)} --versioning-configuration Status=Enabled`,
  };
}

function judgePublicAccess(bucket: string, { publicAccessBlock = {} }: BucketSettings): Finding {
  const name = 'public access';
  const open = BLOCKS.filter((block) => publicAccessBlock[block] !== true);
  if (open.length === 0) return { name, verdict: 'right', message: 'blocked' };
  const all = BLOCKS.map((block) => `${block}=true`).join(',');
  return {
    name,
    verdict: 'missing',
    message: `not blocked (${open.join(', ')}): documents could be read without a link`,
    fix: `${s3api('put-public-access-block', bucket)} --public-access-block-configuration ${all}`,
  };
}

/** Links are https; this is about whoever reads otherwise. */
function judgeTls({ policy }: BucketSettings): Finding {
  const name = 'TLS';
  if (deniesPlainHttp(policy))
    return { name, verdict: 'right', message: 'the bucket policy denies plain http' };
  return {
    name,
    verdict: 'advised',
    message: 'the bucket policy does not deny requests whose aws:SecureTransport is false',
  };
}

function deniesPlainHttp(policy: string | undefined): boolean {
  if (policy === undefined) return false;
  const { Statement = [] } = JSON.parse(policy) as { Statement?: object | object[] };
  return [Statement]
    .flat()
    .some((statement) => /"Effect":"Deny".*"aws:SecureTransport":"?false/.test(sortedText(statement)));
}

/** With the effect first, whatever order the policy was written in. */
function sortedText(statement: object): string {
  const { Effect, ...rest } = statement as { Effect?: string };
  return JSON.stringify({ Effect, ...rest });
}

function judgeEncryption({ encryption, encryptionKey }: BucketSettings, given?: string): Finding {
  const name = 'encryption';
  if (encryption === undefined || !encryption.startsWith('aws:kms')) {
    return { name, verdict: 'right', message: encryption ?? 'AES256, as S3 does by itself' };
  }
  const key = encryptionKey ?? 'the key aws/s3, whose policy cannot be changed';
  if (given !== undefined && isKey(given, encryptionKey)) {
    return { name, verdict: 'right', message: `by KMS (${key}): deploy with documentsKeyArn=${given}` };
  }
  if (given !== undefined && encryptionKey?.includes('alias/')) {
    const fix = `aws kms describe-key --key-id ${quoted(encryptionKey)} --query KeyMetadata.Arn`;
    return { name, verdict: 'advised', message: `by KMS (${key}): see that this is ${given}`, fix };
  }
  return {
    name,
    verdict: 'missing',
    message: `by KMS (${key}): by a bucket's name the platform is given no right to this key. Check again with --key and its ARN and deploy with documentsKeyArn, give the bucket as a construct that names its key, or encrypt by S3's own keys`,
  };
}

/** S3 shows a key as its owner named it: by ARN or by id. */
function isKey(arn: string, shown: string | undefined): boolean {
  return shown === arn || shown === arn.slice(arn.lastIndexOf('/') + 1);
}

function judgeLifecycle({ endsOldVersions }: BucketSettings): Finding {
  const name = 'lifecycle';
  if (endsOldVersions) return { name, verdict: 'right', message: 'replaced versions end some day' };
  return { name, verdict: 'advised', message: 'no rule ends replaced versions: they are paid for ever' };
}

function s3api(command: string, bucket: string): string {
  return `aws s3api ${command} --bucket ${bucket}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

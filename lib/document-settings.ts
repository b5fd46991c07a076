import { Token } from 'aws-cdk-lib';
import { type DocumentPrefixes, faultOfPrefixes } from '../core/document-prefixes.ts';
import type { Downloads, WebhookPlatformProps } from './platform-props.ts';
import { flag, refused, SettingsError } from './settings-error.ts';

/** Beside it a function's environment holds names, addresses and ARNs; it ends at 4 KB. */
const MAX_PREFIXES_BYTES = 1000;

/** What is said about documents, with every default filled in. Throws `SettingsError` for what cannot be used. */
export function resolveDocumentSettings(props: WebhookPlatformProps) {
  return {
    documentsBucket: bucket(props.documentsBucket),
    documentsKeyArn: keyArn(props),
    documentPrefixes: prefixes(props.documentPrefixes),
    documentsOrigins: origins(props),
    downloads: downloads(props.downloads ?? 'link'),
    downloadsTrail: flag('downloadsTrail', props.downloadsTrail ?? true),
  };
}

function downloads(value: Downloads): Downloads {
  if (value === 'link' || value === 'cloudtrail') return value;
  throw refused('downloads', value, 'link or cloudtrail');
}

function bucket(value: WebhookPlatformProps['documentsBucket']): WebhookPlatformProps['documentsBucket'] {
  if (typeof value !== 'string' || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)) return value;
  throw refused('documentsBucket', value, 'the name of a bucket');
}

function prefixes(value: DocumentPrefixes | undefined): DocumentPrefixes | undefined {
  if (value === undefined) return undefined;
  const fault = faultOfPrefixes(value);
  if (fault !== undefined) {
    const accepted = 'prefixes that end in a slash, each for one tenant id or "*", and none for one twice';
    throw new SettingsError(`documentPrefixes has ${fault}; it must be ${accepted}`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MAX_PREFIXES_BYTES) return value;
  throw refused('documentPrefixes', `${bytes} bytes`, `at most ${MAX_PREFIXES_BYTES} bytes of JSON`);
}

function keyArn({ documentsKeyArn: arn, documentsBucket }: WebhookPlatformProps): string | undefined {
  if (arn === undefined) return undefined;
  if (documentsBucket === undefined)
    throw refused('documentsKeyArn', arn, 'left out without a documentsBucket: its own is encrypted by S3');
  if (Token.isUnresolved(arn) || /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(arn)) return arn;
  throw refused('documentsKeyArn', arn, 'the ARN of a KMS key, not of an alias');
}

function origins({ documentsOrigins = [], documentsBucket }: WebhookPlatformProps): readonly string[] {
  if (!Array.isArray(documentsOrigins))
    throw refused('documentsOrigins', documentsOrigins, 'an array of origins');
  if (documentsOrigins.length > 0 && documentsBucket !== undefined)
    throw refused(
      'documentsOrigins',
      documentsOrigins,
      "left out with a documentsBucket: its rules are its owner's",
    );
  for (const origin of documentsOrigins) {
    // S3 takes one asterisk in each.
    if (typeof origin === 'string' && /^(\*|https?:\/\/[\w.-]*\*?[\w.-]+(:\d+)?)$/.test(origin)) continue;
    throw refused('documentsOrigins', origin, 'origins such as https://app.example.com, without a path');
  }
  return documentsOrigins;
}

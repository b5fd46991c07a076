import type { Construct } from 'constructs';
import { ENV } from '../../core/environment-names.ts';
import type { Api } from '../api.ts';
import { BundledFunction } from '../bundled-function.ts';
import { consumeQueue } from '../consumers.ts';
import type { Documents } from '../documents.ts';
import { dialects, documentPrefixes, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { DOWNLOADS_TIMEOUT_SECONDS, type WorkQueue } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** 200 reads at once: one large file may be a thousand of them, and nobody waits for the answer. */
const MAX_CONCURRENCY = 20;

export interface DownloadsFunctionProps {
  readonly storage: Storage;
  readonly api: Api;
  readonly documents: Documents;
  readonly reads: WorkQueue;
  /** Functions that may read documents; what they read is no download. */
  readonly ownReaders: readonly BundledFunction[];
}

/** Publishes downloads, where they are told by who reads documents. */
export class DownloadsFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: DownloadsFunctionProps) {
    const { storage, api, documents, reads, ownReaders } = props;
    super(scope, id, settings, {
      entry: 'downloads',
      description: 'Turns reads of documents into downloads and publishes their events',
      timeoutSeconds: DOWNLOADS_TIMEOUT_SECONDS,
      memoryMb: 512,
      environment: {
        ...retention(settings),
        ...dialects(settings),
        ...documentPrefixes(settings),
        [ENV.documentsBucket]: documents.bucket.bucketName,
        [ENV.ownReaderRoleArns]: ownReaders.map(({ role }) => role!.roleArn).join(','),
      },
    });
    storage.giveDirectoryTo(this, 'GetItem');
    storage.giveDocumentsTo(this, 'GetItem', 'PutItem', 'Query', 'UpdateItem');
    storage.giveEventsTo(this, 'PutItem');
    documents.nameDownloadLinksTo(this);
    api.giveAddressTo(this);
    consumeQueue(this, reads.queue, MAX_CONCURRENCY);
  }
}

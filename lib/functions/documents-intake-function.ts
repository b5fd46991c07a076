import type { Construct } from 'constructs';
import type { Api } from '../api.ts';
import { BundledFunction } from '../bundled-function.ts';
import { consumeQueue } from '../consumers.ts';
import type { Documents } from '../documents.ts';
import { dialects, documentPrefixes, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { DOCUMENTS_INTAKE_TIMEOUT_SECONDS, type Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** 500 uploads at once; a burst waits in the queue and leaves the account's concurrency to publishing. */
const MAX_CONCURRENCY = 50;

export interface DocumentsIntakeFunctionProps {
  readonly storage: Storage;
  readonly queues: Queues;
  readonly api: Api;
  readonly documents: Documents;
}

/** Registers documents as they come into their bucket and leave it, and publishes their uploads. */
export class DocumentsIntakeFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: DocumentsIntakeFunctionProps) {
    const { storage, queues, api, documents } = props;
    super(scope, id, settings, {
      entry: 'documents-intake',
      description: 'Registers uploaded documents and publishes their events',
      timeoutSeconds: DOCUMENTS_INTAKE_TIMEOUT_SECONDS,
      memoryMb: 512,
      environment: { ...retention(settings), ...dialects(settings), ...documentPrefixes(settings) },
    });
    storage.giveDirectoryTo(this, 'GetItem');
    storage.giveDocumentsTo(this, 'GetItem', 'PutItem', 'UpdateItem');
    storage.giveEventsTo(this, 'PutItem');
    documents.giveHeadsTo(this);
    api.giveAddressTo(this);
    consumeQueue(this, queues.documents, MAX_CONCURRENCY);
  }
}

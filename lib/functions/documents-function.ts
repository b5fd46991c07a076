import type { Construct } from 'constructs';
import { ENV } from '../../core/environment-names.ts';
import type { Api } from '../api.ts';
import { BundledFunction } from '../bundled-function.ts';
import type { Documents } from '../documents.ts';
import { dialects, documentPrefixes, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Secrets } from '../secrets.ts';
import type { Storage } from '../storage.ts';

export interface DocumentsFunctionProps {
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly api: Api;
  readonly documents: Documents;
}

/** Lists documents and gives out links. A function of its own, because it alone may take the roles that sign them. */
export class DocumentsFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: DocumentsFunctionProps) {
    const { storage, secrets, api, documents } = props;
    super(scope, id, settings, {
      entry: 'documents',
      description: 'The API of documents: lists, details, links',
      timeoutSeconds: 29,
      memoryMb: 512,
      environment: {
        ...retention(settings),
        ...dialects(settings),
        ...documentPrefixes(settings),
        [ENV.downloads]: settings.downloads,
      },
    });
    storage.giveDirectoryTo(this, 'GetItem');
    storage.giveDocumentsTo(this, 'GetItem', 'Query');
    storage.giveDocumentsIndexTo(this);
    storage.giveEventsTo(this, 'PutItem');
    secrets.giveOperatorKeyTo(this);
    documents.giveLinksTo(this);
    api.giveAddressTo(this);
  }
}

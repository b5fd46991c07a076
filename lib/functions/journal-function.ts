import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import type { StreamConsumerProps } from '../consumers.ts';
import { readInserts } from '../consumers.ts';
import { retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';

/** Writes down, a page per batch, which events were accepted, so that they can be listed without an index of them all. */
export class JournalFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: StreamConsumerProps) {
    const { storage, queues } = props;
    super(scope, id, settings, {
      entry: 'journal',
      description: 'Keeps the list of accepted events',
      timeoutSeconds: 60,
      memoryMb: 512,
      environment: retention(settings),
    });
    // BatchWriteItem is for the milestones that it passes.
    storage.giveDirectoryTo(this, 'Query', 'PutItem', 'BatchWriteItem');
    props.expiredExport?.giveExportTo(this);
    const expired = props.expiredExport !== undefined;
    readInserts(this, storage.events, { batchSize: 1000, windowSeconds: 1, expired, givenUp: queues.poison });
  }
}

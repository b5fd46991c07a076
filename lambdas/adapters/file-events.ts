import { acceptEvent } from '../../core/accept-event.ts';
import type { FileEventKind } from '../../core/dialects/dialect.ts';
import { type Document, type DocumentVersion, documentEventId } from '../../core/document.ts';
import { fileEventData, fileEventType } from '../../core/file-events.ts';
import { requireDialect } from './dialects.ts';
import { readEnvironment } from './environment.ts';
import type { PutResult } from './event-store.ts';
import type { Tenant } from './tenant-store.ts';
import { publishEvent } from './traced-events.ts';

/** Something that happened to a document. */
export interface FileEvent {
  readonly kind: FileEventKind;
  readonly tenant: Pick<Tenant, 'id' | 'dialect' | 'keptDays'>;
  readonly document: Pick<Document, 'hashId' | 'path'>;
  /** The version that it happened to. */
  readonly version: DocumentVersion;
  /** What tells it from every other of that kind and tenant; the same facts are the same event. */
  readonly facts: readonly string[];
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
  readonly now: number;
}

/**
 * Publishes an upload or a download as every event is published. It is valid whatever types its tenant declared: it is the
 * platform's own. What was published before with the same facts is an echo, even where it is told otherwise now.
 */
export async function publishFileEvent(event: FileEvent): Promise<PutResult> {
  const { kind, tenant, document, version, occurredAt } = event;
  const dialect = requireDialect(tenant.dialect);
  const input = {
    id: documentEventId(dialect.idPrefixes.event, [kind, ...event.facts]),
    type: fileEventType(dialect, kind),
    data: fileEventData(document, version, occurredAt, readEnvironment('apiUrl')),
    occurredAt,
  };
  const accepted = acceptEvent(dialect, tenant.id, input, event.now);
  const { result } = await publishEvent({ ...accepted, keptDays: tenant.keptDays });
  return result;
}

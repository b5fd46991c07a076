/** What an upload's notification says, whatever its dialect. */
export interface Upload {
  readonly documentHashId: string;
  readonly version: string;
  /** The call to make back: it answers the document's details. */
  readonly callbackUrl: string;
}

/** A download's notification is not among them: our own download causes one, and there is nothing new to fetch. */
const UPLOADS = ['FileStore.Upload', 'file.uploaded'];

/**
 * Reads a verified webhook. Every id becomes a file's name, so it has to look like one.
 * @returns undefined for an event that is not about an upload
 * @throws Error for an upload that lacks what the follow-up needs
 */
export function readUpload(event: unknown): Upload | undefined {
  const body = asObject(event);
  if (!UPLOADS.includes(typeOf(body))) return undefined;
  const data = asObject(body.data);
  // Arken has the callback beside the data, the other dialects in it.
  const callback = asObject(body.callback ?? data.callback);
  return {
    documentHashId: readHashId(data.documentHashId),
    version: readVersion(data.version),
    callbackUrl: readText(callback.url, 'callback.url'),
  };
}

/** Arken splits the type in two; others call it `type` or `event`. */
function typeOf({ category, type, event }: Record<string, unknown>): string {
  return typeof category === 'string' ? `${category}.${type}` : String(type ?? event);
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function readText(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`the notification's ${name} is ${JSON.stringify(value)}, and not a text`);
}

/** A text that names a directory among ours and can leave none: no slash, no leading dot. */
export function readHashId(value: unknown): string {
  return readName(value, 'documentHashId', /^[\w-][\w.-]{0,199}$/);
}

/** Of S3's version ids one in 64 begins with a dot; "." and ".." alone lead elsewhere. */
export function readVersion(value: unknown): string {
  return readName(value, 'version', /^(?!\.{1,2}$)[\w.-]{1,200}$/);
}

function readName(value: unknown, name: string, pattern: RegExp): string {
  const text = readText(value, name);
  if (pattern.test(text)) return text;
  throw new Error(`${name} is ${JSON.stringify(text)}, which cannot name a directory`);
}

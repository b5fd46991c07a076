import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DocumentDetails } from './document-api.ts';

/**
 * The files that were fetched: `{directory}/{documentHashId}/{version}/` holds the file and `document.json`, its details.
 * A version is there whole or not at all: it is put together elsewhere and moved in by one rename.
 */
export class Library {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  placeOf({ documentHashId, version }: { documentHashId: string; version: string }): string {
    return path.join(this.#directory, documentHashId, version);
  }

  async has(document: { documentHashId: string; version: string }): Promise<boolean> {
    return stat(this.placeOf(document)).then(
      () => true,
      () => false,
    );
  }

  /**
   * Stores a version once, whoever else stores it meanwhile.
   * @param fetchInto writes the bytes to the path that it is given
   * @returns false where the version was there before
   */
  async store(details: DocumentDetails, fetchInto: (file: string) => Promise<void>): Promise<boolean> {
    if (await this.has(details)) return false;
    const draft = path.join(this.#drafts(), randomUUID());
    await mkdir(draft, { recursive: true });
    try {
      await fetchInto(path.join(draft, safeName(details.fileName)));
      await writeFile(path.join(draft, 'document.json'), JSON.stringify(details, null, 2));
      const place = this.placeOf(details);
      await mkdir(path.dirname(place), { recursive: true });
      await rename(draft, place);
      return true;
    } catch (error) {
      // A directory with files in it is never replaced: another notification's follow-up was sooner.
      if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error)) && (await this.has(details))) return false;
      throw error;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /** Removes what a crash left half-way. Call it before anything is stored, by one process of the directory. */
  async clear(): Promise<void> {
    await rm(this.#drafts(), { recursive: true, force: true });
  }

  #drafts(): string {
    return path.join(this.#directory, '.drafts');
  }
}

/** The name is whatever somebody called a file: it must lead nowhere else, and not be taken for the details. */
function safeName(fileName: string): string {
  const [name = ''] = fileName.split(/[/\\]/).slice(-1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const clean = name.replace(/[\u0000-\u001f\u007f]/g, '_').replace(/^\.+/, '');
  // File systems count bytes, most of them to 255.
  const short = Buffer.from(clean)
    .subarray(-200)
    .toString('utf8')
    .replace(/^\ufffd+/, '');
  // Some file systems tell no capital letters.
  return short === '' || short.toLowerCase() === 'document.json' ? `file-${short}` : short;
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

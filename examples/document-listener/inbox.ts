import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Upload } from './notification.ts';

/**
 * Notifications that were answered and are not done, a file each. Written before the answer: what was answered with 2xx
 * is not sent again, so a crash between the answer and the download must not lose it.
 */
export class Inbox {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The same upload again is the same file. */
  async add(upload: Upload): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const target = this.#fileOf(upload);
    const temporary = `${target}.${process.pid}-${crypto.randomUUID()}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(JSON.stringify(upload));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  }

  async list(): Promise<Upload[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json')).sort();
    const uploads = await Promise.all(files.map((name) => this.#read(name)));
    return uploads.filter((upload) => upload !== undefined);
  }

  async has(upload: Upload): Promise<boolean> {
    return access(this.#fileOf(upload)).then(
      () => true,
      () => false,
    );
  }

  async remove(upload: Upload): Promise<void> {
    await rm(this.#fileOf(upload), { force: true });
  }

  /** Undefined for one that a follow-up removed meanwhile. */
  async #read(name: string): Promise<Upload | undefined> {
    try {
      return JSON.parse(await readFile(path.join(this.#directory, name), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #fileOf({ documentHashId, version }: Upload): string {
    return path.join(this.#directory, `${documentHashId}.${version}.json`);
  }
}

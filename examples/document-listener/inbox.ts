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
    return Promise.all(
      files.map(async (name) => JSON.parse(await readFile(path.join(this.#directory, name), 'utf8'))),
    );
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

  #fileOf({ documentHashId, version }: Upload): string {
    return path.join(this.#directory, `${documentHashId}.${version}.json`);
  }
}

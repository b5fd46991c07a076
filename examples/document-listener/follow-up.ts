import { type DocumentApi, type DocumentLink, withRetries } from './document-api.ts';
import { download, StaleLink } from './download.ts';
import type { Library } from './library.ts';
import type { Upload } from './notification.ts';

export interface FollowUpSettings {
  readonly api: DocumentApi;
  readonly library: Library;
  /** Attempts at each of the calls, the first included. */
  readonly attempts: number;
  /** Before the second attempt; doubles from one to the next. */
  readonly firstRetryMs: number;
}

/**
 * What a notification asks for: call back, get the details, then a link, and download by it.
 * @returns false where the version was stored before
 * @throws DocumentGone where it was deleted; other errors once the attempts are used up
 */
export async function followUp(
  { callbackUrl, ...upload }: Upload,
  { api, library, attempts, firstRetryMs: firstMs }: FollowUpSettings,
): Promise<boolean> {
  api.check(callbackUrl);
  // Whoever hears of it again does not even call.
  if (await library.has(upload)) return false;
  const details = await withRetries(() => api.details(callbackUrl), { attempts, firstMs });
  if (details.documentHashId !== upload.documentHashId) {
    throw new Error(`the callback answered for ${details.documentHashId}, not for ${upload.documentHashId}`);
  }
  let link: DocumentLink | undefined;
  return library.store(details, (file) =>
    withRetries(
      async () => {
        // A link is used as long as it works: one that is issued may be another download to the platform.
        if (link === undefined || Date.parse(link.expiresAt) <= Date.now()) {
          link = await api.location(callbackUrl);
        }
        await download(link.url, details, file).catch((error) => {
          if (error instanceof StaleLink) link = undefined;
          throw error;
        });
      },
      { attempts, firstMs },
    ),
  );
}

import { LINK_WINDOW_MS } from '../../../core/document.ts';
import { eventually } from '../platform.ts';
import { callBack, connectBucket, type FileNotice, type Listener, startListener } from './bucket.ts';

const bucket = connectBucket();
let listener: Listener;

beforeAll(async () => {
  listener = await startListener();
});
afterAll(async () => {
  bucket.close();
  await listener?.receiver.close();
});

test('a listener that pulls whatever it is told of files, its own downloads too, is told of each download once', async () => {
  const { tenant, receiver } = listener;
  const told: FileNotice[] = [];
  /** The windows in which links were got, by file. */
  const windows: Record<string, Set<number>> = {};
  /** Answers what has come since as a naive listener does, until a download of that file was answered. */
  const pullUntilDownloaded = (name: string) =>
    eventually(async () => {
      for (const request of receiver.requests.slice(told.length)) {
        const notice = JSON.parse(String(request.body)) as FileNotice;
        const { callback, fileName } = notice.data;
        const link = await callBack<{ expiresAt: string }>(
          callback.url.replace('?', '/Location?'),
          tenant.key,
        );
        // A link lives as long as a window, so this is the window that the server saw.
        const seen = Math.floor(Date.parse(link.body.expiresAt) / LINK_WINDOW_MS);
        windows[fileName] = (windows[fileName] ?? new Set()).add(seen);
        told.push(notice);
      }
      return downloadsOf(name) > 0 || undefined;
    });
  const downloadsOf = (name: string) =>
    told.filter(({ type, data }) => type === 'file.downloaded' && data.fileName === name).length;
  await bucket.put(`${tenant.id}/first.txt`, 'first');
  await pullUntilDownloaded('first.txt');
  // What a second file takes from upload to download is time enough for one more of the first.
  await bucket.put(`${tenant.id}/second.txt`, 'second');
  await pullUntilDownloaded('second.txt');
  expect(downloadsOf('first.txt')).toBeLessThanOrEqual(windows['first.txt']?.size ?? 0);
});

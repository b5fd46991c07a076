/**
 * Loaded into the delivery function by NODE_OPTIONS: ends the process at a chosen moment, as running out of memory or a
 * stopped machine would.
 *
 * - CRASH_AT_CALL: just before the AWS call of this name (x-amz-target), once; CRASH_MARK is the file that says it happened.
 * - CRASH_ON_TEXT: just before an AWS call whose body has this text, once; CRASH_MARK as above.
 * - CRASH_ON_PATH: a second and a half after a request to a URL with this path began, every time.
 */
import { existsSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const { CRASH_AT_CALL, CRASH_MARK, CRASH_ON_PATH, CRASH_ON_TEXT } = process.env;
const request = http.request;

http.request = function crashingRequest(input, ...rest) {
  const target = String(input.headers?.['x-amz-target'] ?? '');
  if (CRASH_AT_CALL && target.endsWith(CRASH_AT_CALL) && !existsSync(CRASH_MARK)) {
    writeFileSync(CRASH_MARK, target);
    process.exit(1);
  }
  if (CRASH_ON_PATH && input instanceof URL && input.pathname === CRASH_ON_PATH) {
    setTimeout(() => process.exit(1), 1_500);
  }
  const made = request.call(this, input, ...rest);
  if (CRASH_ON_TEXT && target !== '') {
    for (const name of ['write', 'end']) {
      const send = made[name];
      made[name] = function crashingSend(body, ...more) {
        if (body && Buffer.from(body).includes(CRASH_ON_TEXT) && !existsSync(CRASH_MARK)) {
          writeFileSync(CRASH_MARK, target);
          process.exit(1);
        }
        return send.call(this, body, ...more);
      };
    }
  }
  return made;
};
syncBuiltinESMExports();

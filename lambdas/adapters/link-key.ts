import { readEnvironment } from './environment.ts';
import { readSecret } from './operator-key.ts';

/** Signs the links in mails; made at deploy time, where the deployment has a sender. */
export function readLinkKey(): Promise<string> {
  return readSecret(readEnvironment('linkKeySecretId'));
}

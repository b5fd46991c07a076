import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { TimedCache } from './cache.ts';
import { readEnvironment } from './environment.ts';

const cache = new TimedCache<string>(2, 60_000);
let client: SecretsManagerClient | undefined;

/** The operator's key, made at deploy time; a changed one is seen within a minute. */
export function readOperatorKey(): Promise<string> {
  return readSecret(readEnvironment('operatorKeySecretId'));
}

/** A secret of Secrets Manager, at most a minute old. @throws Error where it is empty */
export function readSecret(id: string): Promise<string> {
  return cache.getOrLoad(id, async () => {
    client ??= new SecretsManagerClient({ requestHandler: AWS_TIMEOUTS });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (!SecretString) throw new Error(`The secret ${id} is empty.`);
    return SecretString;
  });
}

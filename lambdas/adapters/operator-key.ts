import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { TimedCache } from './cache.ts';
import { readEnvironment } from './environment.ts';

const cache = new TimedCache<string>(1, 60_000);
let client: SecretsManagerClient | undefined;

/** The operator's key, made at deploy time; a changed one is seen within a minute. */
export function readOperatorKey(): Promise<string> {
  return cache.getOrLoad('operator', async () => {
    client ??= new SecretsManagerClient({ requestHandler: AWS_TIMEOUTS });
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: readEnvironment('operatorKeySecretId') }),
    );
    if (!SecretString) throw new Error('The secret of the operator key is empty.');
    return SecretString;
  });
}

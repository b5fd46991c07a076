import { REGION } from './stack-settings.ts';

/** What every SDK client of the local run is made with. */
export interface LocalClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function localClientConfig(endpoint: string, env: NodeJS.ProcessEnv = process.env): LocalClientConfig {
  return { endpoint, region: REGION, credentials: localCredentials(env) };
}

/** An emulator of the user's own may tell accounts apart by key; otherwise any key will do. */
function localCredentials(env: NodeJS.ProcessEnv) {
  const own = env.AWS_ENDPOINT_URL && env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY;
  return own
    ? { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! }
    : { accessKeyId: 'test', secretAccessKey: 'test' };
}

/**
 * For child processes: none of the user's own AWS settings (a profile would win), only the local ones and which
 * certificates to trust, for an emulator that answers https.
 */
export function localAwsEnvironment(
  endpoint: string,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = localCredentials(env);
  return {
    ...Object.fromEntries(
      Object.entries(env).filter(
        ([name]) => name === 'AWS_CA_BUNDLE' || !(name.startsWith('AWS_') || name === 'NODE_OPTIONS'),
      ),
    ),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
  };
}

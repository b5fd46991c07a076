import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { TimedCache } from './cache.ts';
import { readEnvironment } from './environment.ts';

/** Data keys in the clear stay in a container for at most an hour, and for at most a thousand tenants. */
const dataKeys = new TimedCache<Buffer>(1_000, 3_600_000);

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** KMS is called once per tenant and container, so its client is loaded with the first call. */
async function kms() {
  const { KMSClient, GenerateDataKeyCommand, DecryptCommand } = await import('@aws-sdk/client-kms');
  return { client: new KMSClient({ requestHandler: AWS_TIMEOUTS }), GenerateDataKeyCommand, DecryptCommand };
}
let loadedKms: ReturnType<typeof kms> | undefined;

/** Makes a data key for a new tenant and returns it wrapped; the wrapping is bound to the tenant. */
export async function makeWrappedKey(tenantId: string): Promise<Uint8Array> {
  loadedKms ??= kms();
  const { client, GenerateDataKeyCommand } = await loadedKms;
  const { CiphertextBlob } = await client.send(
    new GenerateDataKeyCommand({
      KeyId: readEnvironment('dataKeyId'),
      KeySpec: 'AES_256',
      EncryptionContext: { tenant_id: tenantId },
    }),
  );
  if (CiphertextBlob === undefined) throw new Error('KMS returned no data key.');
  return CiphertextBlob;
}

async function unwrapKey(tenantId: string, wrappedKey: Uint8Array): Promise<Buffer> {
  loadedKms ??= kms();
  const { client, DecryptCommand } = await loadedKms;
  const { Plaintext } = await client.send(
    new DecryptCommand({
      KeyId: readEnvironment('dataKeyId'),
      CiphertextBlob: wrappedKey,
      EncryptionContext: { tenant_id: tenantId },
    }),
  );
  if (Plaintext === undefined) throw new Error('KMS returned no plaintext.');
  return Buffer.from(Plaintext);
}

/** Whose secret it is. Both ids are authenticated, so a sealed secret opens in its own place alone. */
export interface SecretOwner {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly wrappedKey: Uint8Array;
}

/** Encrypts a text by AES-256-GCM under the tenant's data key: nonce, ciphertext, tag. */
export async function seal(owner: SecretOwner, text: string): Promise<Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', await dataKey(owner), nonce).setAAD(additionalData(owner));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts what {@link seal} made. @throws Error where it was changed or belongs to somebody else */
export async function open(owner: SecretOwner, sealed: Uint8Array): Promise<string> {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', await dataKey(owner), bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(owner)).setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString('utf8');
}

function dataKey({ tenantId, wrappedKey }: SecretOwner): Promise<Buffer> {
  const name = `${tenantId}#${Buffer.from(wrappedKey).toString('base64')}`;
  return dataKeys.getOrLoad(name, () => unwrapKey(tenantId, wrappedKey));
}

function additionalData({ tenantId, endpointId }: SecretOwner): Buffer {
  return Buffer.from(`${tenantId}#${endpointId}`);
}

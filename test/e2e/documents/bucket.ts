import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { localClientConfig } from '../../../local/aws.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

/** The documents' bucket as whoever has AWS keys sees it. */
export function connectBucket() {
  const { awsEndpoint, stack } = readOutputs();
  const s3 = new S3Client({ ...localClientConfig(awsEndpoint), forcePathStyle: true });
  const bucket = stack.DocumentsBucketName as string;
  return {
    s3,
    bucket,
    /** Uploads an object, and answers its version. */
    put: async (Key: string, content: string, ContentType?: string): Promise<string> => {
      const Body = Buffer.from(content);
      const { VersionId = '' } = await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }),
      );
      return VersionId;
    },
    close: () => s3.destroy(),
  };
}

/** What an event says of a file. */
export interface FileNotice {
  readonly type: string;
  readonly data: {
    readonly documentHashId: string;
    readonly fileName: string;
    readonly contentType: string;
    readonly size: number;
    readonly version: string;
    readonly occurredAt: string;
    readonly callback: { readonly method: string; readonly url: string };
  };
}

/** A tenant whose endpoint hears of everything. */
export interface Listener {
  readonly tenant: TestTenant;
  readonly receiver: Receiver;
  /** Waits until so many were told of, and answers them all. */
  notices(count: number): Promise<FileNotice[]>;
}

export async function startListener(dialect = 'standard'): Promise<Listener> {
  const tenant = await createTenant(dialect);
  const receiver = await startReceiver();
  await tenant.createEndpoint({ url: receiver.url });
  const read = (request: ReceivedRequest) => JSON.parse(String(request.body)) as FileNotice;
  return {
    tenant,
    receiver,
    notices: async (count) => (await receiver.waitFor(count)).map(read),
  };
}

/** Makes a call that an event asks for, as a listener would. */
export async function callBack<Body = Record<string, unknown>>(
  url: string,
  key: string,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, body: (await response.json()) as Body };
}

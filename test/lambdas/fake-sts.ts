import { text } from 'node:stream/consumers';
import { startHttp } from './adapters/local-servers.ts';

export interface FakeSts {
  readonly port: number;
  /** What was asked, call by call. */
  readonly asked: URLSearchParams[];
  /** Whether calls are refused. */
  fails: boolean;
  close(): Promise<void>;
}

/** Stands in for STS on loopback: every role may be taken, and the nth session's key is `ASIA{n}`. Sets its address. */
export async function startFakeSts(): Promise<FakeSts> {
  const server = await startHttp(async (request, response) => {
    sts.asked.push(new URLSearchParams(await text(request)));
    response.setHeader('content-type', 'text/xml');
    if (sts.fails) {
      response.writeHead(403);
      response.end(
        '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
      );
      return;
    }
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    const session = `<AccessKeyId>ASIA${sts.asked.length}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${expiration}</Expiration>`;
    response.end(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${session}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  });
  const sts: FakeSts = { port: server.port, asked: [], fails: false, close: server.close };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${server.port}`,
    DOCUMENTS_BUCKET: 'documents',
    DOWNLOAD_LINK_ROLE_ARN: 'arn:aws:iam::123456789012:role/download',
    UPLOAD_LINK_ROLE_ARN: 'arn:aws:iam::123456789012:role/upload',
  });
  return sts;
}

import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Digest } from '../../core/alert-digest.ts';
import { type AlertMail, writeAlert } from '../../core/alert-mail.ts';
import type { MailResult } from '../../core/mail-tries.ts';
import { signUnsubscribe } from '../../core/unsubscribe-token.ts';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';
import { readLinkKey } from './link-key.ts';
import { logError } from './log.ts';

/** One try only: a mail whose answer was lost would be sent twice. What fails comes again with its notice. */
const ses = new SESv2Client({ maxAttempts: 1, requestHandler: AWS_TIMEOUTS });

/**
 * What SES says of a mail, and so of its address (SES API v2 reference, SendEmail): its other answers are about the account,
 * its quotas or SES itself, and no answer says nothing. `final`: what is no address to SES is none the next time either.
 */
const OF_THE_MAIL = [
  { name: 'MessageRejected', final: false },
  { name: 'BadRequestException', final: true },
];

/** Tries once to mail one address what happened to an endpoint. */
export async function tryAlert(digest: Digest, endpoint: StoredEndpoint, email: string): Promise<MailResult> {
  try {
    await mailAlert(digest, endpoint, email);
    return { result: 'taken' };
  } catch (error) {
    logError('an alert could not be mailed', error, { endpointId: endpoint.id });
    return judgeError(error);
  }
}

/** The answer's own words are in the log alone: tenants are shown the reason, and they may name what is the operator's. */
function judgeError(error: unknown): MailResult {
  const name = error instanceof SESv2ServiceException ? error.name : undefined;
  const said = OF_THE_MAIL.find((answer) => answer.name === name);
  if (said === undefined) return { result: 'later' };
  return { result: 'refused', reason: `SES refused the mail: ${said.name}.`, final: said.final };
}

async function mailAlert(digest: Digest, endpoint: StoredEndpoint, email: string): Promise<void> {
  const { tenantId, id: endpointId, url, description } = endpoint;
  const token = signUnsubscribe(await readLinkKey(), { tenantId, endpointId }, email);
  const unsubscribeUrl = `${readEnvironment('apiUrl')}/v1/alerts/unsubscribe?token=${token}`;
  const lookUrl = lookAt(readEnvironment('dashboardUrl'), tenantId, endpointId);
  const mail = writeAlert(digest, { tenantId, endpointId, url, description, lookUrl, unsubscribeUrl });
  await send(email, mail, unsubscribeUrl, { tenant: tenantId, endpoint: endpointId });
}

/** The dashboard's address may name the tenant and the endpoint. */
function lookAt(pattern: string, tenantId: string, endpointId: string): string {
  return pattern.replaceAll('{tenant}', tenantId).replaceAll('{webhook}', endpointId);
}

/** @param tags come back with what becomes of the mail */
async function send(
  to: string,
  { subject, text, html }: AlertMail,
  unsubscribeUrl: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: readEnvironment('alertSender'),
      Destination: { ToAddresses: [to] },
      ConfigurationSetName: readEnvironment('alertConfigurationSet'),
      EmailTags: Object.entries(tags).map(([Name, Value]) => ({ Name, Value })),
      Content: {
        Simple: {
          Subject: utf8(subject),
          Body: { Text: utf8(text), Html: utf8(html) },
          Headers: [
            // RFC 8058: mail programs show a button that stops these mails with one POST.
            { Name: 'List-Unsubscribe', Value: `<${unsubscribeUrl}>` },
            { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
            // RFC 3834: nobody's absence is told to a machine.
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
          ],
        },
      },
    }),
  );
}

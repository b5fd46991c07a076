import { type LocalOutputs, mailsUrl } from '../../local/local-aws.ts';
import { eventually } from './platform.ts';

/** A mail as the local SES kept it. */
export interface KeptMail {
  readonly Source: string;
  readonly To: readonly string[];
  readonly Subject: string;
  readonly BodyText: string;
  readonly BodyHtml: string;
}

/** Every mail to an address, oldest first. */
export async function mailsTo(outputs: LocalOutputs, address: string): Promise<KeptMail[]> {
  const response = await fetch(mailsUrl(outputs));
  const { messages } = (await response.json()) as { messages: Record<string, KeptMail[]> };
  return Object.values(messages)
    .flat()
    .filter(({ To }) => To.includes(address));
}

/** Waits for the `count`th mail to an address. */
export function awaitMail(outputs: LocalOutputs, address: string, count = 1): Promise<KeptMail> {
  return eventually(async () => (await mailsTo(outputs, address))[count - 1]);
}

/** The link that stops the mails. */
export function unsubscribeLink({ BodyText }: KeptMail): string {
  const [link] = /https?:\S+\/v1\/alerts\/unsubscribe\?token=\S+/.exec(BodyText) ?? [];
  if (link === undefined) throw new Error(`No link to unsubscribe: ${BodyText}`);
  return link;
}

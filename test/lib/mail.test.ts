import { expect, test } from '@jest/globals';
import { ENV } from '../../core/environment-names.ts';
import { SettingsError } from '../../lib/settings-error.ts';
import { makeStack, permissions, reference, resource, synthesize } from './synthesize.ts';

const email = 'alerts@example.com';
const template = synthesize({ alertSender: { email } });
const IDENTITY = 'AWS::SES::EmailIdentity';

test('without a sender there is nothing of SES, and no function knows one', () => {
  const plain = synthesize();
  for (const type of [IDENTITY, 'AWS::SES::ConfigurationSet']) plain.resourceCountIs(type, 0);
  for (const name of ['Alerts', 'Manage']) {
    const { Variables } = resource(plain, 'AWS::Lambda::Function', name).Properties.Environment;
    expect([Variables[ENV.alertSender], Variables[ENV.linkKeySecretId]]).toEqual([undefined, undefined]);
  }
});

test('the sender is an identity that is made, or one that is there', () => {
  template.hasResourceProperties(IDENTITY, { EmailIdentity: email });
  const identityArn = 'arn:aws:ses:eu-central-1:123456789012:identity/example.com';
  const given = synthesize({ alertSender: { email, identityArn } });
  given.resourceCountIs(IDENTITY, 0);
});

test('mails are sent as the sender alone, to receivers that may be identities of the account', () => {
  const sends = permissions(template, 'AlertsRole').filter((line) => line.startsWith('ses:'));
  expect(sends).toEqual([
    expect.stringMatching(/:configuration-set\/MailConfigurationSet$/),
    expect.stringMatching(/:identity\/\* \{"StringEquals":\{"ses:FromAddress":"alerts@example\.com"\}\}$/),
  ]);
});

test.each([
  ['account', { account: '210987654321', region: 'eu-central-1' }],
  ['region', { account: '123456789012', region: 'us-east-1' }],
])('an identity of another %s is refused', (part, env) => {
  const identityArn = 'arn:aws:ses:eu-central-1:123456789012:identity/example.com';
  expect(() => makeStack({ alertSender: { email, identityArn } }, env)).toThrow(
    new SettingsError(
      `alertSender.identityArn is "${identityArn}"; it must be an identity of SES in the ${part} of the stack, ${env[part as 'region']}`,
    ),
  );
  expect(() => makeStack({ alertSender: { email, identityArn } }, env)).toThrow(SettingsError);
});

test('SES tells of bounces and complaints by a topic that only this configuration set may publish to', () => {
  const [destination] = Object.values(template.findResources('AWS::SES::ConfigurationSetEventDestination'));
  expect(destination?.Properties.EventDestination).toMatchObject({
    Enabled: true,
    MatchingEventTypes: ['bounce', 'complaint'],
  });
  const policies = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
  const own = policies.find(({ Properties }) => reference(Properties.Topics[0]) === 'MailFeedback');
  const allowed = own?.Properties.PolicyDocument.Statement.filter(
    ({ Effect }: { Effect: string }) => Effect === 'Allow',
  );
  expect(allowed).toHaveLength(1);
  expect(allowed[0].Principal).toEqual({ Service: 'ses.amazonaws.com' });
  expect(reference(allowed[0].Condition.StringEquals['AWS:SourceArn'])).toMatch(
    /:configuration-set\/MailConfigurationSet$/,
  );
});

test('what the topic gets goes to the notices, as SES wrote it', () => {
  const subscriptions = Object.values(template.findResources('AWS::SNS::Subscription'));
  const [own] = subscriptions.filter(({ Properties }) => reference(Properties.TopicArn) === 'MailFeedback');
  expect(own?.Properties).toMatchObject({ Protocol: 'sqs', RawMessageDelivery: true });
  expect(reference(own?.Properties.Endpoint)).toBe('QueuesNotices');
  expect(reference(own?.Properties.RedrivePolicy.deadLetterTargetArn)).toBe('QueuesNoticeDeadLetters');
});

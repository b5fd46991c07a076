import { Arn, ArnFormat, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  ConfigurationSet,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
} from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import { acceptWildcard, allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { AlertSender } from './platform-props.ts';
import type { Queues } from './queues.ts';
import { refused } from './settings-error.ts';

/** What mails are sent by: there where a deployment has a sender. */
export class Mail extends Construct {
  /** Gets what SES says of mails that bounced or were complained of. */
  readonly feedback: Topic;
  /** Signs the links in mails. */
  readonly linkKey: Secret;
  private readonly sender: AlertSender;
  private readonly configurationSet: ConfigurationSet;

  constructor(scope: Construct, id: string, sender: AlertSender, queues: Queues) {
    super(scope, id);
    this.sender = sender;
    refuseForeign(this, sender.identityArn);
    // SES mails the address a link, by which its owner confirms it.
    if (sender.identityArn === undefined)
      new EmailIdentity(this, 'Sender', { identity: Identity.email(sender.email) });
    this.configurationSet = new ConfigurationSet(this, 'ConfigurationSet');
    this.feedback = this.feedbackTopic(queues);
    this.linkKey = new Secret(this, 'LinkKey', {
      description: 'Signs the links in mails of the webhook platform',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.linkKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A link in a mail is good for as long as people keep the mail; another key would break all of them.',
    });
  }

  giveSenderTo(fn: BundledFunction): void {
    const set = this.configurationSet.configurationSetName;
    // SES checks the sender's identity, and the receiver's where that is one of the account: in the sandbox it always is.
    const identities = this.arn('identity', '*');
    const onlyAsSender = { StringEquals: { 'ses:FromAddress': this.sender.email } };
    allow(fn, 'ses', ['SendEmail'], identities, onlyAsSender);
    acceptWildcard(
      fn.role!,
      identities,
      'Receivers may be identities of the account; only one sender is allowed.',
    );
    // Sending by a configuration set is allowed or refused on that, too.
    allow(fn, 'ses', ['SendEmail'], this.arn('configuration-set', set));
    fn.addEnvironment(ENV.alertConfigurationSet, set);
  }

  /** Makes and checks links, and knows that mails are sent. */
  giveLinksTo(fn: BundledFunction): void {
    fn.addEnvironment(ENV.alertSender, this.sender.email);
    allow(fn, 'secretsmanager', ['GetSecretValue'], this.linkKey.secretArn);
    fn.addEnvironment(ENV.linkKeySecretId, this.linkKey.secretArn);
  }

  /** By SNS and not by EventBridge, which SES gives its events to as best it can only. */
  private feedbackTopic(queues: Queues): Topic {
    const topic = new Topic(this, 'Feedback', {
      displayName: 'Webhook alerts that bounced',
      enforceSSL: true,
    });
    this.configurationSet.addEventDestination('Feedback', {
      destination: EventDestination.snsTopic(topic),
      events: [EmailSendingEvent.BOUNCE, EmailSendingEvent.COMPLAINT],
    });
    topic.addSubscription(
      new SqsSubscription(queues.notices, {
        rawMessageDelivery: true,
        deadLetterQueue: queues.noticeDeadLetters,
      }),
    );
    return topic;
  }

  private arn(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'ses', resource, resourceName });
  }
}

/** Mails are sent from identities of this account and region; another account's would need a policy there and its ARN in each call. */
function refuseForeign(scope: Construct, identityArn: string | undefined): void {
  if (identityArn === undefined || Token.isUnresolved(identityArn)) return;
  const { account, region } = Stack.of(scope);
  const own = { account, region };
  const given = Arn.split(identityArn, ArnFormat.SLASH_RESOURCE_NAME);
  for (const part of ['account', 'region'] as const) {
    if (Token.isUnresolved(own[part]) || given[part] === own[part]) continue;
    const accepted = `an identity of SES in the ${part} of the stack, ${own[part]}`;
    throw refused('alertSender.identityArn', identityArn, accepted);
  }
}

import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Queues } from './queues.ts';

/**
 * Where producers in AWS publish with IAM and no key: `events:PutEvents` on this bus is the permission that they need. The
 * bus has no policy of its own, so nobody outside the account can.
 */
export class Bus extends Construct {
  readonly eventBus: EventBus;

  constructor(scope: Construct, id: string, queues: Queues) {
    super(scope, id);
    this.eventBus = new EventBus(this, 'EventBus', { description: 'Events to be sent to webhooks' });
    new Rule(this, 'Events', {
      eventBus: this.eventBus,
      description: 'Takes every event that names its tenant',
      eventPattern: { detail: { tenant_id: Match.exists() } },
      // By way of a queue: a function that EventBridge calls gets parsed JSON, whose numbers lost their digits.
      targets: [new SqsQueue(queues.bus, { deadLetterQueue: queues.busDeadLetters })],
    });
  }
}

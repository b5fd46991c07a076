import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import { allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
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

/**
 * What the platform says of itself, for rules of the operator's. A bus of its own: nobody who may publish on the other one
 * can put anything here, and nothing from here is ever taken in.
 */
export class OperationalBus extends Construct {
  readonly eventBus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.eventBus = new EventBus(this, 'EventBus', {
      description: 'What happens to webhook endpoints and keys',
    });
  }

  giveTo(fn: BundledFunction): void {
    allow(fn, 'events', ['PutEvents'], this.eventBus.eventBusArn);
    fn.addEnvironment(ENV.operationalBus, this.eventBus.eventBusName);
  }
}

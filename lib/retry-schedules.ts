import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import { acceptWildcard, allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { Queues } from './queues.ts';

/** Where retries wait that are further away than a queue's delay can reach. */
export class RetrySchedules extends Construct {
  readonly group: ScheduleGroup;
  /** What a schedule acts as: it may put a message back on the delivery queue, or give it up. */
  readonly role: Role;
  private readonly queues: Queues;

  constructor(scope: Construct, id: string, queues: Queues) {
    super(scope, id);
    this.queues = queues;
    // Schedules are only pointers to deliveries that the tables hold, so they go when the stack goes.
    this.group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', {
      description: 'Lets retry schedules put messages on the delivery queue',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.group.scheduleGroupArn },
        },
      }),
    });
    allow(this.role, 'sqs', ['SendMessage'], queues.delivery.queueArn);
    // Scheduler writes its dead letters as this role too.
    allow(this.role, 'sqs', ['SendMessage'], queues.scheduleDeadLetters.queueArn);
  }

  giveSchedulesTo(fn: BundledFunction): void {
    const { partition, region, account } = Stack.of(this);
    const schedules = `arn:${partition}:scheduler:${region}:${account}:schedule/${this.group.scheduleGroupName}/*`;
    allow(fn, 'scheduler', ['CreateSchedule'], schedules);
    acceptWildcard(fn.role!, schedules, 'Each retry makes a schedule of its own name, always in this group.');
    allow(fn, 'iam', ['PassRole'], this.role.roleArn, {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    });
    fn.addEnvironment(ENV.scheduleGroup, this.group.scheduleGroupName);
    fn.addEnvironment(ENV.scheduleRoleArn, this.role.roleArn);
    fn.addEnvironment(ENV.scheduleDeadLetterArn, this.queues.scheduleDeadLetters.queueArn);
    fn.addEnvironment(ENV.deliveryQueueArn, this.queues.delivery.queueArn);
  }
}

import type { DeliveryMessage } from '../../core/delivery.ts';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { printMessage } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';

/** Most deliveries never wait 15 minutes, so Scheduler's client is loaded with the first that does. */
async function scheduler() {
  const module = await import('@aws-sdk/client-scheduler');
  return { client: new module.SchedulerClient({ maxAttempts: 6, requestHandler: AWS_TIMEOUTS }), ...module };
}
let loaded: ReturnType<typeof scheduler> | undefined;

/**
 * Makes a one-time schedule that puts a delivery message on the queue when it is due (within the minute after:
 * EventBridge Scheduler's precision) and is deleted then. Its name is the delivery's and the attempt's, so that making
 * it twice makes one.
 *
 * The message carries no group: Scheduler documents MessageGroupId for FIFO queues alone.
 */
export async function scheduleDelivery(
  deliveryId: string,
  message: DeliveryMessage,
  dueAt: number,
): Promise<void> {
  loaded ??= scheduler();
  const { client, CreateScheduleCommand, ConflictException } = await loaded;
  try {
    await client.send(
      new CreateScheduleCommand({
        GroupName: readEnvironment('scheduleGroup'),
        Name: `${deliveryId}-${message.attempt}${message.last ? '-last' : ''}`,
        ScheduleExpression: `at(${formatTime(dueAt)})`,
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: readEnvironment('deliveryQueueArn'),
          RoleArn: readEnvironment('scheduleRoleArn'),
          Input: printMessage(message),
          DeadLetterConfig: { Arn: readEnvironment('scheduleDeadLetterArn') },
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
}

/** A schedule's time has whole seconds; rounding up keeps a retry from coming before its time. */
function formatTime(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().slice(0, 19);
}

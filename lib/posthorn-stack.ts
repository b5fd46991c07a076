import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { WebhookPlatformProps } from './platform-props.ts';
import { WebhookPlatform } from './webhook-platform.ts';

/** A stack with one platform in it, and outputs that name what people and scripts need. */
export class PosthornStack extends Stack {
  readonly platform: WebhookPlatform;

  constructor(
    scope: Construct,
    id: string,
    props: StackProps & { readonly platform?: WebhookPlatformProps } = {},
  ) {
    super(scope, id, {
      description: 'Posthorn: webhooks as a service',
      terminationProtection: props.platform?.production ?? true,
      ...props,
    });
    this.platform = new WebhookPlatform(this, 'Platform', props.platform);
    for (const [name, value] of Object.entries(outputsOf(this.platform)))
      new CfnOutput(this, name, { value });
  }
}

/** Output name to value. The names are an interface: scripts and the local run read them. */
function outputsOf({
  storage,
  queues,
  schedules,
  secrets,
  ...platform
}: WebhookPlatform): Record<string, string> {
  return {
    ApiUrl: platform.apiUrl,
    // On AWS an ARN, which everything that asks for a secret takes. The bare name can only be cut out of it by position.
    OperatorKeySecretName: secrets.operatorKey.secretArn,
    EventBusName: platform.bus.eventBus.eventBusName,
    AlarmTopicArn: platform.alarmTopic.topicArn,
    DashboardName: platform.dashboard.dashboardName,
    ...(platform.staticAddresses && { StaticAddresses: platform.staticAddresses.addresses.join(' ') }),
    ...(platform.expiredExport && { ExportBucketName: platform.expiredExport.bucket.bucketName }),
    DirectoryTableName: storage.directory.tableName,
    EventsTableName: storage.events.tableName,
    DeliveriesTableName: storage.deliveries.tableName,
    StatsTableName: storage.stats.tableName,
    DocumentsTableName: storage.documents.tableName,
    DocumentsBucketName: platform.documents.bucket.bucketName,
    DeliveryQueueUrl: queues.delivery.queueUrl,
    DeliveryDeadLetterQueueUrl: queues.deliveryDeadLetters.queueUrl,
    FanOutQueueUrl: queues.fanOut.queueUrl,
    FanOutDeadLetterQueueUrl: queues.fanOutDeadLetters.queueUrl,
    BusQueueUrl: queues.bus.queueUrl,
    BusDeadLetterQueueUrl: queues.busDeadLetters.queueUrl,
    DocumentsQueueUrl: queues.documents.queueUrl,
    DocumentsDeadLetterQueueUrl: queues.documentsDeadLetters.queueUrl,
    NoticeQueueUrl: queues.notices.queueUrl,
    NoticeDeadLetterQueueUrl: queues.noticeDeadLetters.queueUrl,
    OperationalBusName: platform.operationalBus.eventBus.eventBusName,
    ...(platform.mail && { MailFeedbackTopicArn: platform.mail.feedback.topicArn }),
    PoisonQueueUrl: queues.poison.queueUrl,
    ScheduleDeadLetterQueueUrl: queues.scheduleDeadLetters.queueUrl,
    ScheduleGroupName: schedules.group.scheduleGroupName,
    PublishFunctionName: platform.publish.functionName,
    ManageFunctionName: platform.manage.functionName,
    DispatchFunctionName: platform.dispatch.functionName,
    FanOutFunctionName: platform.fanOut.functionName,
    DeliverFunctionName: platform.deliver.functionName,
    JournalFunctionName: platform.journal.functionName,
    ObserveFunctionName: platform.observe.functionName,
    BusIntakeFunctionName: platform.busIntake.functionName,
    DocumentsFunctionName: platform.documentsApi.functionName,
    DocumentsIntakeFunctionName: platform.documentsIntake.functionName,
    AlertsFunctionName: platform.alerts.functionName,
    RedispatchFunctionName: platform.redispatch.functionName,
    ...(queues.downloads && {
      DownloadsQueueUrl: queues.downloads.queue.queueUrl,
      DownloadsDeadLetterQueueUrl: queues.downloads.deadLetters.queueUrl,
    }),
    ...(platform.downloads && { DownloadsFunctionName: platform.downloads.functionName }),
  };
}

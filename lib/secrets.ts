import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import { allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** Only data keys that are bound to a tenant can be made or opened. */
const BOUND_TO_TENANT = { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'tenant_id' } };

/** What must not be readable: the key that wraps endpoint secrets, and the operator's first API key. */
export class Secrets extends Construct {
  /** Wraps the data keys that encrypt endpoint secrets. */
  readonly dataKey: Key;
  /** The operator's first API key, made at deploy time; its value is the key itself. */
  readonly operatorKey: Secret;

  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id);
    this.dataKey = new Key(this, 'DataKey', {
      description: 'Wraps the data keys that encrypt webhook endpoint secrets',
      enableKeyRotation: true,
      pendingWindow: Duration.days(settings.production ? 30 : 7),
      // Without it every endpoint secret is lost, so it outlives the stack as the tables do.
      removalPolicy: settings.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.operatorKey = new Secret(this, 'OperatorKey', {
      description: "The webhook platform operator's API key",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.operatorKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'An API key that people hold cannot change by itself; the operator puts a new value when one is due.',
    });
  }

  /** @param actions KMS's own names, e.g. `Decrypt` */
  giveDataKeyTo(fn: BundledFunction, ...actions: string[]): void {
    allow(fn, 'kms', actions, this.dataKey.keyArn, BOUND_TO_TENANT);
    fn.addEnvironment(ENV.dataKeyId, this.dataKey.keyArn);
  }

  giveOperatorKeyTo(fn: BundledFunction): void {
    allow(fn, 'secretsmanager', ['GetSecretValue'], this.operatorKey.secretArn);
    fn.addEnvironment(ENV.operatorKeySecretId, this.operatorKey.secretArn);
  }
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { App, type Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { WebhookPlatformProps } from '../../lib/platform-props.ts';
import { PosthornStack } from '../../lib/posthorn-stack.ts';

/** The feature flags that the app is deployed with. */
const { context: FLAGS } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

/** The CDK's own way to say that no stack is about to be deployed, so nothing need be bundled. */
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

/** Where a suite's apps write to; an app that is told nothing leaves a directory of its own behind. */
const outdir = mkdtempSync(join(tmpdir(), 'posthorn-synth-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));
let apps = 0;

export function makeStack(
  platform?: WebhookPlatformProps,
  env?: Environment,
): { app: App; stack: PosthornStack } {
  const app = new App({ context: { ...FLAGS, ...WITHOUT_BUNDLES }, outdir: join(outdir, String(apps++)) });
  return { app, stack: new PosthornStack(app, 'posthorn', { platform, env }) };
}

export function synthesize(platform?: WebhookPlatformProps): Template {
  return Template.fromStack(makeStack(platform).stack);
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are what the tests look into
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
}

/** The one resource of that type whose construct's path is `path`, e.g. `Queues/Delivery`. */
export function resource(template: Template, type: string, path: string): Resource {
  const found = Object.entries(template.findResources(type)).filter(
    ([id]) => nameOf(id) === path.replaceAll('/', ''),
  );
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} are called ${path}`);
  return found[0]?.[1] as Resource;
}

/** A logical id without the construct's name before it and the hash behind it: `StorageEvents`. */
export function nameOf(logicalId: string): string {
  return logicalId.replace(/^Platform/, '').replace(/[0-9A-F]{8}$/, '');
}

/** A reference as text: `StorageEvents`, or `StorageEvents/index/by-kind` where something is joined to it. */
export function reference(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, never>;
  if (join) return (join[1] as unknown[]).map(reference).join(join[0]);
  const name = nameOf(Ref ?? attribute?.[0] ?? '');
  return attribute?.[1] === 'StreamArn' ? `${name}.stream` : name;
}

/** What the role of `path` may do, a line each: `dynamodb:GetItem StorageEvents`. */
export function permissions(template: Template, role: string): string[] {
  const statements = Object.values(template.findResources('AWS::IAM::Policy'))
    .filter((policy) => policy.Properties.Roles.some((attached: unknown) => reference(attached) === role))
    .flatMap((policy) => policy.Properties.PolicyDocument.Statement);
  return statements
    .flatMap(({ Action, Resource, Condition }) =>
      [Action]
        .flat()
        .flatMap((action: string) =>
          [Resource]
            .flat()
            .map((target: unknown) =>
              [action, reference(target), Condition && JSON.stringify(Condition)].filter(Boolean).join(' '),
            ),
        ),
    )
    .sort();
}

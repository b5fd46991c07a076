import { Stack, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * Lets `grantee` do exactly these actions of one service. The constructs' own `grant…` methods are wider than any
 * function here needs (`grantReadData` alone carries eight actions).
 *
 * @param service prefix of the actions, e.g. `dynamodb`
 */
export function allow(
  grantee: IGrantable,
  service: string,
  actions: readonly string[],
  resource: string,
  conditions?: PolicyStatementProps['conditions'],
): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `${service}:${action}`),
      resources: [resource],
      conditions,
    }),
  );
}

/** Says why `role` may use a resource that ends in a wildcard. */
export function acceptWildcard(role: IConstruct, resource: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${asRuleWritesIt(role, resource)}]`;
  Validations.of(role).acknowledge({ id, reason });
}

/** A resource as cdk-nag names it in a finding: references in angle brackets. */
function asRuleWritesIt(scope: IConstruct, resource: string): string {
  const resolved = Stack.of(scope).resolve(resource);
  if (typeof resolved === 'string') return resolved;
  const parts: (string | { Ref?: string; 'Fn::GetAtt'?: string[] })[] = resolved['Fn::Join'][1];
  return parts
    .map((part) => (typeof part === 'string' ? part : `<${part.Ref ?? part['Fn::GetAtt']?.join('.')}>`))
    .join('');
}

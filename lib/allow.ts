import { type IGrantable, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';

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

import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ENV } from '../core/environment-names.ts';
import { localClientConfig } from './aws.ts';

/**
 * Has the links in mails lead to where the API is locally: the address that the stack knows is one of AWS's, and no browser
 * finds the local AWS by it.
 */
export async function pointLinks(endpoint: string, functionName: string, apiUrl: string): Promise<void> {
  const lambda = new LambdaClient(localClientConfig(endpoint));
  try {
    const { Environment } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionName }),
    );
    const { Variables = {} } = Environment ?? {};
    const stackUrl = Variables[ENV.apiUrl] ?? '';
    const moved = Object.entries(Variables).map(([name, value]) => [
      name,
      stackUrl !== '' && value.startsWith(stackUrl) ? apiUrl + value.slice(stackUrl.length) : value,
    ]);
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: functionName,
        Environment: { Variables: Object.fromEntries(moved) },
      }),
    );
  } finally {
    lambda.destroy();
  }
}

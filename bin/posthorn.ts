import { App } from 'aws-cdk-lib';
import { PosthornStack } from '../lib/posthorn-stack.ts';
import { SettingsError } from '../lib/settings-error.ts';
import { readSettings } from './read-settings.ts';

// Synthesized by hand, or a refused setting would still be followed by a template without resources.
const app = new App({ autoSynth: false });
try {
  const { stackName, region, platform } = readSettings(app.node.getAllContext());
  const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: region ?? process.env.CDK_DEFAULT_REGION };
  new PosthornStack(app, stackName, { env, platform });
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(`posthorn: ${error.message}`);
  process.exitCode = 1;
}

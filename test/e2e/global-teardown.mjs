import { stopForTests } from './shared-stack.ts';

// biome-ignore lint/style/noDefaultExport: jest calls the default export
export default async function tearDown() {
  await stopForTests(process.env.POSTHORN_LOCAL_DIR);
}

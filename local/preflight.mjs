/**
 * What `npm start`, `npm run local` and `npm test` run first. Plain JavaScript without imports from the house, so that
 * a fresh checkout or an old Node gets one line that says what to do instead of a stack trace.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = 24;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What stands in the way of running `*.ts` here, in one line, or null. */
export function findObstacle(installed, pinnedNode) {
  if (!installed) return 'The dependencies are not installed: run `npm ci` in this folder first.';
  if (!pinnedNode) {
    return 'Node 24 is missing in node_modules (were install scripts switched off?): run `npm ci` with scripts allowed.';
  }
  return null;
}

function isTooOld(version) {
  return Number.parseInt(version, 10) < OLDEST_NODE;
}

/** Runs the script again under the Node that package.json pins, and ends as that one ends. */
function rerun(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  // Ctrl-C reaches the child too, which has cleaning up to do; this process only waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

async function main([script, ...args]) {
  const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', 'node');
  const obstacle = findObstacle(existsSync(path.join(root, 'node_modules')), existsSync(pinnedNode));
  if (obstacle) {
    console.error(obstacle);
    process.exitCode = 1;
    return;
  }
  const file = path.join(root, script);
  if (isTooOld(process.versions.node)) return rerun(pinnedNode, [file, ...args]);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}

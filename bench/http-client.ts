import { createHmac } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Agent, request as undiciRequest } from 'undici';
import { sendHttp } from '../lambdas/adapters/http-sender.ts';

/**
 * Processor time of the sending process per signed POST of 1 KB, kept connections, ten at a time, on loopback:
 * `node bench/http-client.ts`. The candidates take turns in one run, so that only their ratio counts. The receiver runs in a
 * thread of its own, and its time is taken off.
 */
process.env.ALLOW_LOCAL_RECEIVERS = 'true';

const AT_ONCE = 10;
const POSTS = 3_000;
const ROUNDS = 5;
const body = JSON.stringify({ data: 'x'.repeat(1_000) });

const receiver = new Worker(
  `const { parentPort } = require('node:worker_threads');
   require('node:http').createServer((req, res) => { req.resume(); req.on('end', () => res.end('OK')); })
     .listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });`,
  { eval: true },
);
const port = await new Promise<number>((resolve) => receiver.once('message', resolve));
const url = `http://127.0.0.1:${port}/hook`;
const agent = new Agent({ connections: AT_ONCE });

function signedHeaders() {
  return {
    'content-type': 'application/json',
    'x-signature': createHmac('sha256', 'secret').update(body).digest('hex'),
  };
}

const candidates: Record<string, () => Promise<unknown>> = {
  'undici.request, its own agent': async () => {
    const answer = await undiciRequest(url, {
      method: 'POST',
      body,
      headers: signedHeaders(),
      dispatcher: agent,
    });
    return answer.body.arrayBuffer();
  },
  "node:http with the sender's deadline and caps": () =>
    sendHttp({
      url,
      method: 'POST',
      headers: signedHeaders(),
      body,
      signal: AbortSignal.timeout(10_000),
      keptBytes: 4_096,
    }),
  'the built-in fetch': async () =>
    (await fetch(url, { method: 'POST', body, headers: signedHeaders() })).text(),
};

async function run(post: () => Promise<unknown>, posts: number): Promise<void> {
  let left = posts;
  const one = async () => {
    while (left-- > 0) await post();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/** Milliseconds of this thread alone. */
async function processorTime(post: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await run(post, POSTS);
  const used = process.threadCpuUsage(before);
  return (used.user + used.system) / 1_000 / POSTS;
}

const times = new Map<string, number[]>(Object.keys(candidates).map((name) => [name, []]));
for (const post of Object.values(candidates)) await run(post, 500);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, post] of Object.entries(candidates)) times.get(name)?.push(await processorTime(post));
}

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const medians = [...times].map(([name, values]) => [name, median(values)] as const);
const fastest = Math.min(...medians.map(([, time]) => time));
console.log(`CPU per signed POST of 1 KB (${ROUNDS} rounds of ${POSTS}, ${AT_ONCE} at once, median)\n`);
for (const [name, time] of medians) {
  console.log(`${name.padEnd(46)} ${time.toFixed(3)} ms  ${(time / fastest).toFixed(2)} ×`);
}
await agent.close();
await receiver.terminate();
process.exit(0);

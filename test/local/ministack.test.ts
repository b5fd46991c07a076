import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorEnvironment, findRunning, startMinistack, stopMinistack } from '../../local/ministack.ts';
import { type LocalPlace, localPlace, writeJson } from '../../local/place.ts';

let place: LocalPlace;
beforeEach(() => {
  place = localPlace(mkdtempSync(path.join(os.tmpdir(), 'posthorn-place-')));
});
afterEach(() => rmSync(place.dir, { recursive: true, force: true }));

/** An interpreter that ignores the program it is to run and does this instead. */
function fakeInterpreter(script: string): string {
  const file = path.join(place.dir, 'python');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

async function serve(status: number, wantedPort = 0): Promise<{ port: number; close: () => void }> {
  const server = createServer((_req, res) => res.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

describe("the emulator's environment", () => {
  const env = emulatorEnvironment(
    {
      PATH: '/usr/bin',
      HOME: '/home/me',
      AWS_ENDPOINT_URL: 'http://x',
      AWS_PROFILE: 'prod',
      NODE_OPTIONS: '-r x',
    },
    { port: 4600, tempDir: '/var/t' },
    '/opt/node24/bin/node',
  );

  test('has nothing that its functions must not inherit', () => {
    expect(Object.keys(env).sort()).toEqual([
      'BIND_HOST',
      'GATEWAY_PORT',
      'HOME',
      'MINISTACK_HOST',
      'PATH',
      'PYTHONUNBUFFERED',
      'TMPDIR',
    ]);
  });

  test('finds this Node first', () => {
    expect(env.PATH).toBe('/opt/node24/bin:/usr/bin');
  });
});

describe('starting', () => {
  test('a port that another program has is refused in one line', async () => {
    const other = await serve(404);
    await expect(startMinistack(place, 'python', other.port)).rejects.toMatchObject({
      code: 'port-taken',
      message: `Port ${other.port} is taken by another program: stop that one, or set POSTHORN_PORT to a free port.`,
    });
    other.close();
  });

  test('a MiniStack that somebody else started is offered instead', async () => {
    const other = await serve(200);
    await expect(startMinistack(place, 'python', other.port)).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining(`AWS_ENDPOINT_URL=http://127.0.0.1:${other.port}`),
    });
    other.close();
  });

  test('an emulator that ends at once is quoted and leaves nothing behind', async () => {
    const interpreter = fakeInterpreter('echo "ImportError: no module named ministack"; exit 1');
    await expect(startMinistack(place, interpreter, 0)).rejects.toMatchObject({
      code: 'start-failed',
      message: expect.stringContaining('ended at once: ImportError: no module named ministack'),
    });
    expect(await findRunning(place)).toBeNull();
  });

  test('nothing is started that could not be stopped, for want of ps', async () => {
    const path = process.env.PATH;
    process.env.PATH = place.dir;
    const failure = startMinistack(place, 'python', 0).finally(() => {
      process.env.PATH = path;
    });
    await expect(failure).rejects.toMatchObject({ code: 'ps-missing' });
  });

  test('an interpreter that is not there is named', async () => {
    await expect(startMinistack(place, '/nowhere/python', 0)).rejects.toMatchObject({ code: 'start-failed' });
  });
});

describe('finding the one that runs', () => {
  test('one that answers late is waited for', async () => {
    const late = await serve(200);
    late.close();
    const child = spawn('/bin/sh', ['-c', 'sleep 60; true', 'ministack'], {
      detached: true,
      stdio: 'ignore',
    });
    const endpoint = `http://127.0.0.1:${late.port}`;
    writeJson(place.stateFile, { pid: child.pid, port: late.port, endpoint, tempDir: place.dir });
    const found = findRunning(place);
    await sleep(500);
    const server = await serve(200, late.port);
    expect(await found).toMatchObject({ endpoint });
    server.close();
    process.kill(-child.pid!);
  });

  test('one whose process has ended is none', async () => {
    writeJson(place.stateFile, { pid: 2 ** 30, port: 1, endpoint: 'http://127.0.0.1:1', tempDir: place.dir });
    expect(await findRunning(place)).toBeNull();
  });
});

describe('stopping', () => {
  test('workers go with the emulator, even one that ignores SIGTERM', async () => {
    // The group's name in `ps` is what tells it from another program's.
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 60 & wait; wait', 'ministack'], {
      detached: true,
      stdio: 'ignore',
    });
    const group = child.pid!;
    writeJson(place.stateFile, {
      pid: group,
      port: 1,
      endpoint: 'http://127.0.0.1:1',
      tempDir: path.join(place.dir, 't'),
    });
    expect(await stopMinistack(place)).toBe(true);
    expect(() => process.kill(-group, 0)).toThrow('ESRCH');
  }, 15_000);

  test('a process that only has the number of ours is left alone', async () => {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    writeJson(place.stateFile, {
      pid: child.pid,
      port: 1,
      endpoint: 'http://127.0.0.1:1',
      tempDir: path.join(place.dir, 't'),
    });
    expect(await stopMinistack(place)).toBe(false);
    expect(process.kill(child.pid!, 0)).toBe(true);
    child.kill();
  });

  test('nothing to stop is no error', async () => {
    expect(await stopMinistack(place)).toBe(false);
  });
});

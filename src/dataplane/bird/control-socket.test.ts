import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAnswer, reconfigureBird } from './control-socket.ts';

// Guards: what BIRD 2.0 says on its control socket, as it was seen.

describe('an answer', () => {
  test.each([
    ['nothing yet', ''],
    ['only the greeting', '0001 BIRD 2.0.12 ready.\n'],
    ['the first of two lines', '0001 BIRD 2.0.12 ready.\n0002-Reading configuration from bird.conf\n'],
    ['a line that is cut', '0001 BIRD 2.0.12 ready.\n0003 Reconf'],
  ])('is not complete: %s', (_what, text) => {
    expect(readAnswer(text)).toBeUndefined();
  });

  test('has the code of its last line, and lines without codes', () => {
    const text = `0001 BIRD 2.0.12 ready.
2002-Name       Proto      Table      State  Since         Info
1002-r1         BGP        ---        up     02:11:20.491  Established
1006-  BGP state:          Established
     Neighbor address: 10.0.0.1
     Hold timer:       7.509/9

0000
`;
    expect(readAnswer(text)).toMatchObject({ code: 0 });
    expect(readAnswer(text)?.lines).toContain('  BGP state:          Established');
    expect(readAnswer(text)?.lines).toContain('    Neighbor address: 10.0.0.1');
  });
});

describe('to make BIRD read its files again', () => {
  const says = async (answer: string | undefined): Promise<string | undefined> => {
    const directory = mkdtempSync(join(tmpdir(), 'aorta-bird-'));
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('0001 BIRD 2.0.12 ready.\n');
      socket.on('data', () => (answer === undefined ? socket.destroy() : socket.write(answer)));
    });
    const path = join(directory, 'bird.sock');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => {
      server.close();
      rmSync(directory, { recursive: true });
    });
    return await reconfigureBird(path);
  };

  test.each([
    ['done', '0002-Reading configuration from bird.conf\n0003 Reconfigured\n'],
    ['under way', '0002-Reading configuration from bird.conf\n0004 Reconfiguration in progress\n'],
    ['waiting', '0002-Reading\n0005 Reconfiguration already in progress, queueing new config\n'],
  ])('works: %s', async (_what, answer) => {
    expect(await says(answer)).toBeUndefined();
  });

  test('fails with what it says', async () => {
    const answer = '0002-Reading configuration from bird.conf\n8002 bird.conf:3:1 syntax error\n';
    expect(await says(answer)).toBe('bird.conf:3:1 syntax error');
    expect(await says('0006 Reconfiguration ignored, shutting down\n')).toContain('shutting down');
  });

  test('fails when nobody answers', async () => {
    expect(await says(undefined)).toBe('it does not answer');
    expect(await reconfigureBird('/nowhere/bird.sock')).toBe('it does not answer');
  });
});

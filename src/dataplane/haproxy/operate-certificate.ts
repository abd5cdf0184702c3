import type { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Secret } from '../../kernel/secret.ts';
import { command } from './runtime-socket.ts';
import { operateFailed, tell, tellAll } from './tell.ts';

/** Loading a certificate for many listeners takes a while. */
const commitTimeLimit = 10_000;

/** Puts other content behind a certificate that is in use. On any error the old one stays. */
export async function replaceCertificate(
  socket: string,
  file: string,
  content: Secret,
): Promise<Result<void, Failure>> {
  const what = `certificate ${file}`;
  await abortLeftOver(socket);
  const done = await setAndCommit(socket, what, file, content);
  if (!done.ok) await command(socket, ['abort', 'ssl', 'cert', file]);
  return done;
}

/** Makes a certificate known and adds it to lists. What was done is undone when something is refused. */
export async function addCertificate(
  socket: string,
  file: string,
  content: Secret,
  lists: readonly string[],
): Promise<Result<void, Failure>> {
  const what = `certificate ${file}`;
  await abortLeftOver(socket);
  const created = await tell(socket, what, ['new', 'ssl', 'cert', file]);
  if (!created.ok) return created;
  const added: string[] = [];
  const undo = async (failure: Failure): Promise<Result<void, Failure>> => {
    await command(socket, ['abort', 'ssl', 'cert', file]);
    for (const list of added) await command(socket, ['del', 'ssl', 'crt-list', list, file]);
    await command(socket, ['del', 'ssl', 'cert', file]);
    return err(failure);
  };
  const filled = await setAndCommit(socket, what, file, content);
  if (!filled.ok) return undo(filled.error);
  for (const list of lists) {
    const listed = await succeed(socket, `${what} in ${list}`, ['add', 'ssl', 'crt-list', list, file]);
    if (!listed.ok) return undo(listed.error);
    added.push(list);
  }
  return ok(undefined);
}

export function removeCertificate(
  socket: string,
  file: string,
  lists: readonly string[],
): Promise<Result<void, Failure>> {
  return tellAll(socket, `certificate ${file}`, [
    ...lists.map((list) => ['del', 'ssl', 'crt-list', list, file]),
    ['del', 'ssl', 'cert', file],
  ]);
}

async function setAndCommit(
  socket: string,
  what: string,
  file: string,
  content: Secret,
): Promise<Result<void, Failure>> {
  const set = await tell(socket, what, ['set', 'ssl', 'cert', file], { payload: content });
  if (!set.ok) return set;
  return succeed(socket, what, ['commit', 'ssl', 'cert', file]);
}

/** For commands that go on for a while and only say at the end whether they worked. */
async function succeed(
  socket: string,
  what: string,
  words: readonly string[],
): Promise<Result<void, Failure>> {
  const answer = await tell(socket, what, words, { timeLimit: commitTimeLimit });
  if (!answer.ok) return answer;
  if (/^Success!$/m.test(answer.value)) return ok(undefined);
  return err(operateFailed(`${what}: HAProxy did not say that it worked`));
}

/** HAProxy has room for one change of a certificate at a time; a controller that died in the middle left its own. */
async function abortLeftOver(socket: string): Promise<void> {
  const known = await command(socket, ['show', 'ssl', 'cert']);
  if (!known.ok) return;
  for (const [, file] of known.value.matchAll(/^\*(\S+)$/gm)) {
    if (file !== undefined) await command(socket, ['abort', 'ssl', 'cert', file]);
  }
}

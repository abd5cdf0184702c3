import type { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { commands } from './runtime-socket.ts';
import { operateFailed, refused, tell } from './tell.ts';
import { entryWord } from './words.ts';

/**
 * Replaces a list as a whole: requests see the old one or the new one, never a part. A version that is prepared and
 * never committed is seen by nobody, and HAProxy drops it with the next commit.
 */
export async function replaceList(
  socket: string,
  file: string,
  entries: readonly string[],
): Promise<Result<void, Failure>> {
  const what = `list ${file}`;
  const checked = entries.map(entryWord);
  const prepared = await tell(socket, what, ['prepare', 'acl', file]);
  if (!prepared.ok) return prepared;
  const version = /^New version created: (\d+)$/m.exec(prepared.value)?.[1];
  if (version === undefined) return err(operateFailed(`${what}: HAProxy gave no version`));
  const additions = checked.map((entry) => ['add', 'acl', `@${version}`, file, entry]);
  const added = await commands(socket, additions);
  if (!added.ok) return err(refused(what, added.error));
  const committed = await tell(socket, what, ['commit', 'acl', `@${version}`, file]);
  return committed.ok ? ok(undefined) : committed;
}

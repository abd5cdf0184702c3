import { byCodeUnits } from '../../kernel/order.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Loaded } from '../port.ts';
import { type CommandError, command, commands } from './runtime-socket.ts';

/** Asks for the certificates and lists that HAProxy has in memory. */
export async function readLoaded(socket: string): Promise<Result<Loaded, CommandError>> {
  const [certificates, lists] = await Promise.all([readCertificates(socket), readLists(socket)]);
  if (!certificates.ok) return certificates;
  if (!lists.ok) return lists;
  return ok({ certificates: certificates.value, lists: lists.value });
}

async function readCertificates(socket: string): Promise<Result<Map<string, string>, CommandError>> {
  const listed = await command(socket, ['show', 'ssl', 'cert']);
  if (!listed.ok) return listed;
  const files = readCertificateNames(listed.value);
  const shown = await commands(
    socket,
    files.map((file) => ['show', 'ssl', 'cert', file]),
  );
  if (!shown.ok) return shown;
  const found = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    const fingerprint = readFingerprint(shown.value[index] ?? '');
    // One that was made known but never filled has none.
    if (fingerprint !== undefined) found.set(file, fingerprint);
  }
  return ok(found);
}

async function readLists(socket: string): Promise<Result<Map<string, readonly string[]>, CommandError>> {
  const listed = await command(socket, ['show', 'acl']);
  if (!listed.ok) return listed;
  const files = readListNames(listed.value);
  const shown = await commands(
    socket,
    files.map((file) => ['show', 'acl', file]),
  );
  if (!shown.ok) return shown;
  if (shown.value.length !== files.length) return err({ nobody: false, what: 'a list was not shown' });
  return ok(new Map(files.map((file, index) => [file, readEntries(shown.value[index] ?? '')])));
}

/** The files of `show ssl cert`. A star marks a change that is not committed. */
export function readCertificateNames(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('*'));
}

/** The fingerprint of the leaf in `show ssl cert FILE`, in lower case. */
export function readFingerprint(text: string): string | undefined {
  return /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(text)?.[1]?.toLowerCase();
}

/** The files of `show acl`; lists that stand in haproxy.cfg itself have no file. */
export function readListNames(text: string): string[] {
  return [...text.matchAll(/^\d+ \(([^)\s]+)\) pattern loaded from file /gm)].flatMap(
    ([, file]) => file ?? [],
  );
}

/** The entries of `show acl FILE`, each of which stands behind an address in memory. */
export function readEntries(text: string): string[] {
  return [...text.matchAll(/^0x[0-9a-f]+ (.+)$/gm)].flatMap(([, entry]) => entry ?? []).sort(byCodeUnits);
}

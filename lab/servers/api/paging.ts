import { randomUUID } from 'node:crypto';
import type { Bundle } from '@medplum/fhirtypes';
import type { Dependencies } from './dependencies.ts';

/** Seen in the field: 20 by default. */
export const DEFAULT_PAGE = 20;
const MAXIMUM_PAGE = 1_000;
const CURSOR_SECONDS = 600;

/** Where a search goes on. Lives in the Cache server, so that any API server can continue. */
interface Cursor {
  readonly resourceType: string;
  /** The search as the client wrote it, without paging parameters. */
  readonly query: string;
  readonly offset: number;
  readonly count: number;
}

export interface Page extends Cursor {
  /** The query of the request itself, for the self link. */
  readonly self: string;
}

/** The cursor named by `continue` is not known (any more). */
export class UnknownCursor extends Error {
  override readonly name = 'UnknownCursor';
}

const PAGING_PARAMETERS: ReadonlySet<string> = new Set(['_count', 'continue', '_offset']);

/** Reads the paging parameters of a search and, when it continues one, the cursor. */
export async function openPage(
  resourceType: string,
  query: string,
  dependencies: Dependencies,
): Promise<Page> {
  const parts = query.split('&').filter((part) => part !== '');
  const parameters = new URLSearchParams(query);
  const requested = Number.parseInt(parameters.get('_count') ?? '', 10);
  const asked = Number.isInteger(requested) && requested > 0 ? Math.min(requested, MAXIMUM_PAGE) : undefined;
  const id = parameters.get('continue');
  if (id === null) {
    const kept = parts.filter((part) => !PAGING_PARAMETERS.has(part.split('=')[0] ?? ''));
    return { resourceType, query: kept.join('&'), offset: 0, count: asked ?? DEFAULT_PAGE, self: query };
  }
  const cursor = (await dependencies.cached(`cursor:${id}`)) as Cursor | undefined;
  if (cursor?.resourceType !== resourceType) throw new UnknownCursor('the cursor is unknown or has expired');
  return { ...cursor, count: asked ?? cursor.count, self: query };
}

/** Adds the self and next links to a page, making the cursor of the next one. */
export async function linkPage(
  bundle: Bundle,
  page: Page,
  url: string,
  dependencies: Dependencies,
): Promise<Bundle> {
  const link = [{ relation: 'self', url: page.self === '' ? url : `${url}?${page.self}` }];
  const next = page.offset + page.count;
  if ((bundle.total ?? 0) > next) {
    const id = `${page.resourceType}.${randomUUID()}`;
    const cursor: Cursor = {
      resourceType: page.resourceType,
      query: page.query,
      offset: next,
      count: page.count,
    };
    const expiresAt = Date.now() + CURSOR_SECONDS * 1000;
    await dependencies.changeCache({ kind: 'put', key: `cursor:${id}`, value: cursor, expiresAt });
    link.push({ relation: 'next', url: `${url}?continue=${id}` });
  }
  return { ...bundle, link };
}

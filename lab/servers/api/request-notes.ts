import { AsyncLocalStorage } from 'node:async_hooks';
import type { WithId } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';

/** The services behind an API server. */
export type DependencyName = 'cache' | 'platformService' | 'fileLibrary' | 'monitorService';

/** One change to the FHIR data, as the journal keeps it. */
export type JournalWrite =
  | { readonly kind: 'put'; readonly resource: WithId<Resource> }
  | { readonly kind: 'delete'; readonly resourceType: string; readonly id: string };

/** What one request leaves for later stages of itself. */
export interface RequestNotes {
  /** A service that did not answer; turns whatever a library made of it into an honest 503. */
  unreachable: DependencyName | undefined;
  /** Writes of this request, sent to the journal in one piece at its end. */
  readonly writes: JournalWrite[];
}

/** The libraries in between pass nothing of ours along, so the notes travel with the asynchronous context. */
export const requestNotes = new AsyncLocalStorage<RequestNotes>();

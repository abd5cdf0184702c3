import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiConfig } from '../config.ts';
import type { Serving } from '../serve.ts';
import type { Dependencies, DependencyName } from './dependencies.ts';
import type { FhirService } from './fhir.ts';
import type { OAuthService } from './oauth.ts';
import type { JournalWrite } from './shared-repository.ts';

/** What one request leaves for later stages of itself. */
export interface RequestNotes {
  /** A service that did not answer; turns whatever a library made of it into an honest 503. */
  unreachable: DependencyName | undefined;
  /** Writes of this request, sent to the journal in one piece at its end. */
  readonly writes: JournalWrite[];
}

export const requestNotes = new AsyncLocalStorage<RequestNotes>();

/** The parts of an API server that its handlers share. */
export interface ApiServer {
  readonly config: ApiConfig;
  readonly dependencies: Dependencies;
  readonly fhir: FhirService;
  readonly oauth: OAuthService;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request target as received. */
  readonly target: string;
  readonly serving: Serving;
}

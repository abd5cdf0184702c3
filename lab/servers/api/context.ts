import type { ApiConfig } from '../config.ts';
import type { Dependencies } from './dependencies.ts';
import type { FhirService } from './fhir.ts';
import type { OAuthService } from './oauth.ts';

/** The parts of an API server that its handlers share. */
export interface ApiServer {
  readonly config: ApiConfig;
  readonly dependencies: Dependencies;
  readonly fhir: FhirService;
  readonly oauth: OAuthService;
}

import { Dependencies } from './api/dependencies.ts';
import { FhirService } from './api/fhir.ts';
import { setCommonHeaders } from './api/headers.ts';
import { OAuthService } from './api/oauth.ts';
import { answerApi } from './api/routes.ts';
import { apiConfigSchema, readConfig } from './config.ts';
import type { Serving } from './control-listener.ts';
import { serve } from './serve.ts';

/** An API server: RESTful API and Interoperability Services. It keeps nothing another API server could not continue. */
const config = await readConfig(apiConfigSchema);
let serving: Serving | undefined;
const dependencies = new Dependencies(config, () => serving?.faults.cacheGone === true);
const fhir = await FhirService.start(config, dependencies);
const server = { config, dependencies, fhir, oauth: new OAuthService(config, dependencies) };

serving = await serve({
  ...config,
  prepare: (request, response) => setCommonHeaders(request, response, config.name),
  handle: (request, response) => answerApi(server, { request, response, target: request.url ?? '' }),
});

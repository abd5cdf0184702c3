/** Who says so. Public sources; "measured" means measured for this project, with the figures in the documentation. */
export const sources = {
  endpoints: "Count over the 542 endpoints of MEDITECH's published brand bundle (April 2026).",
  stateless: 'MEDITECH describes the RESTful API and IOPS services as stateless, scaled by adding servers.',
  layer7: 'Load balancing guides for the MEDITECH RESTful API: two virtual services in layer 7 SNAT mode.',
  offload: 'Scenario 1 of the load balancing guides: SSL offloading, plain HTTP to the servers.',
  bridging: 'Scenario 2 of the load balancing guides: SSL bridging, re-encryption to the servers.',
  verified: 'Bridging without verification is encryption to nobody in particular.',
  sni: 'The servers are asked for under the name that their clients use.',
  unauthenticated:
    'A read without token answers 401 with about 70 bytes: cheap enough to be asked twice a second.',
  tcp: 'A connection proves only that something listens.',
  checkRhythm:
    'Measured: every 500 ms, 250 ms while in doubt, two failures: the requests of a server that hangs end within 3.5 s. A check over TLS costs 0.65 to 0.85 ms.',
  checkTimeout:
    'Measured together with the rhythm: what does not answer a read of 70 bytes within 500 ms is not well.',
  fall: 'Measured together with the rhythm: 2 failures, so that one lost packet takes no server out.',
  rise: 'Measured: 10 checks, 1 s apart, keep a flapping server out; failed POSTs fell from 92 to 6 of 1,000.',
  capability:
    'The capability statement is public: 200, about 51 KB, resourceType and fhirVersion; every 30 s is often enough.',
  smart:
    'The SMART discovery file is public; it lists 581 scopes, and its token_endpoint is what clients begin with; every 60 s is often enough.',
  transaction:
    'Dear for the server: a token, a read of the record, an entry in its audit log. Proposed: every 2 min.',
  token: "The token endpoint of MEDITECH's published SMART configuration: /oauth/token, client_secret_basic.",
  deepPatience:
    'Proposed: 2 failures, the second 2 s after the first, take a server out; 2 passes bring it back.',
  passive:
    'Measured: connection errors and bursts of 5xx take a server out before the next check; 4xx is normal traffic.',
  outliers:
    'Measured: a server that answered every second request with 502 was not found with a share of 50 %, and within two seconds with 25 %; with a penalty of 10 s a server that passes its checks and answers 503 costs 4 of 1,000 POSTs, without it 11 to 15.',
  slow: 'Proposed: three times as slow as the others, and noticeable (200 ms); a quarter of the weight still shows when it is well.',
  retryBudget: 'The default of other proxies: retries may add a fifth to the load, never double it.',
  connect: 'Measured: 1 s to connect before another server is tried, so that a silent server is not noticed.',
  requestHeaders:
    'A token refresh was lost in the field to an over-eager 408: 30 s for the headers, none for an idle connection.',
  keepAlive: 'Measured: a new connection costs as much as 30 to 40 requests; 75 s of idle time.',
  client: 'Proposed: 60 s for a client that stalls.',
  server: 'Searches and batches of 1,500 entries take long: 300 s.',
  queue: 'Proposed: 30 s in the queue, then a clear answer.',
  long: 'Proposed: 3,600 s for bulk export ($export, bulk-data-files) and for documents (Binary).',
  tunnel: 'Proposed for bulk export and long downloads: 1 h.',
  retry:
    'No idempotency keys exist, so nothing that writes is ever sent twice; a read that one server cannot answer may be answered by another. Response time-outs are not retried, nor is 504: the server may be working.',
  hsts: 'The servers send max-age=31536000 themselves; it is added only where it is missing.',
  fhirPaths: 'FHIR base paths seen in production and in the sandbox.',
  requestId: 'mtrestapi-requestid is on every answer of the API servers.',
  pathWords:
    'The paths that MEDITECH publishes, and the resource types of FHIR R4 (hl7.org/fhir/R4). Everything else may be an identifier.',
  persistence: 'The appliance default for source address persistence: 30 minutes.',
  watch:
    'The component list: the API servers need these services, and they get no traffic from the balancer.',
  shared:
    'Every API server needs the same one: taking API servers out because of it would turn some failed requests into all.',
  unneeded: 'By its name it shows what the API does, and answers no request.',
  ownCache: 'In the minimum deployment each API server runs a Cache service of its own.',
  expectOk: 'What these services answer is not published; 200 is what a page that works answers.',
  roles: 'The component list of the MEDITECH RESTful API Infrastructure.',
} as const;

import { badRequest, getStatus, isOk, notFound } from '@medplum/core';
import { FhirRouter, type HttpMethod, makeSimpleRequest } from '@medplum/fhir-router';
import type { Bundle, CapabilityStatement, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { generatePopulation } from '../../population.ts';
import type { ApiConfig } from '../config.ts';
import { readBody, readJson, sendJson } from '../json.ts';
import { type FhirBase, RESOURCE_TYPES } from './bases.ts';
import { loadDefinitions } from './definitions.ts';
import type { Dependencies } from './dependencies.ts';
import type { Exchange } from './exchange.ts';
import { capabilityStatement } from './metadata.ts';
import { linkPage, openPage, UnknownCursor } from './paging.ts';
import type { RequestNotes } from './request-notes.ts';
import { SharedRepository } from './shared-repository.ts';

const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const SERVED: ReadonlySet<string> = new Set(RESOURCE_TYPES);

/** FHIR R4 by the library's router; ours are paging, links and keeping servers in step. */
export class FhirService {
  readonly repository: SharedRepository;
  readonly #router = new FhirRouter();
  readonly #dependencies: Dependencies;
  readonly #statements: Record<FhirBase, CapabilityStatement>;

  private constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.repository = new SharedRepository(dependencies);
    const parameters = loadDefinitions();
    this.#statements = {
      '/v1/uscore/R4': capabilityStatement('/v1/uscore/R4', parameters),
      '/v2/uscore/STU6': capabilityStatement('/v2/uscore/STU6', parameters),
    };
  }

  static async start(config: ApiConfig, dependencies: Dependencies): Promise<FhirService> {
    const service = new FhirService(dependencies);
    await service.repository.seed(generatePopulation(config.population));
    return service;
  }

  statement(base: FhirBase): CapabilityStatement {
    return this.#statements[base];
  }

  /** All resources of a type, for an export. */
  async everyResource(type: string): Promise<Resource[]> {
    await this.repository.catchUp();
    const [, bundle] = await this.#router.handleRequest(
      makeSimpleRequest('GET', `${type}?_count=1000`),
      this.repository,
    );
    return bundle?.resourceType === 'Bundle'
      ? (bundle.entry ?? []).flatMap(({ resource }) => resource ?? [])
      : [];
  }

  /** Answers a request below a FHIR base. `rest` is the target after the base; `origin` begins every link. */
  async answer(
    exchange: Exchange,
    notes: RequestNotes,
    base: FhirBase,
    rest: string,
    origin: string,
  ): Promise<void> {
    const { request, response } = exchange;
    await this.repository.catchUp();
    const method = request.method ?? 'GET';
    if (!METHODS.has(method)) {
      sendJson(response, 405, badRequest('method not allowed'), FHIR_JSON);
      return;
    }
    const [path = '', ...queryParts] = rest.split('?');
    const query = queryParts.join('?');
    const [type = '', second, ...more] = path.split('/');
    if (path !== '' && !SERVED.has(type)) {
      sendJson(response, 404, notFound, FHIR_JSON);
      return;
    }
    const isGet = method === 'GET' || method === 'HEAD';
    const postSearch = method === 'POST' && second === '_search';
    if (type !== '' && more.length === 0 && ((isGet && second === undefined) || postSearch)) {
      const form = postSearch ? (await readBody(request)).toString('utf8') : '';
      await this.#search(
        exchange,
        type,
        [query, form].filter((part) => part !== '').join('&'),
        `${origin}${base}/${type}`,
      );
      return;
    }
    const body = isGet || method === 'DELETE' ? undefined : await readJson(request);
    const call = makeSimpleRequest(
      (method === 'HEAD' ? 'GET' : method) as HttpMethod,
      rest === '' ? '/' : rest,
      body,
    );
    const [outcome, resource] = await this.#router.handleRequest(
      { ...call, headers: request.headers },
      this.repository,
    );
    await this.repository.publish(notes.writes);
    this.#send(exchange, outcome, resource, `${origin}${base}`);
  }

  async #search(exchange: Exchange, type: string, query: string, url: string): Promise<void> {
    try {
      const page = await openPage(type, query, this.#dependencies);
      const paging = `_offset=${page.offset}&_count=${page.count}&_total=accurate`;
      const search = [familyAndGiven(page.query), paging].filter((part) => part !== '').join('&');
      const [outcome, bundle] = await this.#router.handleRequest(
        makeSimpleRequest('GET', `${type}?${search}`),
        this.repository,
      );
      if (!isOk(outcome) || bundle?.resourceType !== 'Bundle') {
        sendJson(exchange.response, getStatus(outcome), outcome, FHIR_JSON);
        return;
      }
      const base = url.slice(0, url.lastIndexOf('/'));
      sendJson(
        exchange.response,
        200,
        await linkPage(withFullUrls(bundle, base), page, url, this.#dependencies),
        FHIR_JSON,
      );
    } catch (error) {
      if (!(error instanceof UnknownCursor)) throw error;
      sendJson(exchange.response, 410, outcomeOf('expired', error.message), FHIR_JSON);
    }
  }

  #send(exchange: Exchange, outcome: OperationOutcome, resource: Resource | undefined, base: string): void {
    const { response } = exchange;
    const status = getStatus(outcome);
    if (resource !== undefined && resource.resourceType !== 'Bundle') {
      response.setHeader('etag', `W/"${resource.meta?.versionId ?? ''}"`);
      if (resource.meta?.lastUpdated !== undefined) {
        response.setHeader('last-modified', new Date(resource.meta.lastUpdated).toUTCString());
      }
      if (status === 201) {
        const { resourceType, id, meta } = resource;
        response.setHeader('location', `${base}/${resourceType}/${id}/_history/${meta?.versionId}`);
      }
    }
    sendJson(response, status, resource ?? outcome, FHIR_JSON);
  }
}

/** Clients write `name=Last\,First`, with the comma escaped: family name, comma, given name. */
function familyAndGiven(query: string): string {
  return query.replace(/(^|&)name=([^&]*?)(?:\\|%5C)(?:,|%2C)([^&]*)/i, '$1family=$2&given=$3');
}

function withFullUrls(bundle: Bundle, base: string): Bundle {
  const entry = (bundle.entry ?? []).map((one) => ({
    fullUrl: `${base}/${one.resource?.resourceType}/${one.resource?.id}`,
    ...one,
  }));
  return { ...bundle, entry };
}

export function outcomeOf(
  code: 'expired' | 'transient' | 'not-found',
  diagnostics: string,
): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] };
}

import { randomUUID } from 'node:crypto';
import { stableId } from '../../stable-id.ts';
import type { RequestKind } from '../request-kinds.ts';
import type { Question } from './sender.ts';

const FHIR = '/v1/uscore/R4';
const JSON_TYPE = { 'content-type': 'application/fhir+json' };
/** How long a server works on a long write, in milliseconds. */
const LONG_MS = 300;

export interface Population {
  readonly patients: number;
  readonly seed: number;
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Makes the requests of one application; remembers the pages that a search offered it. */
export class Requests {
  readonly #population: Population;
  readonly #credentials: Credentials;
  readonly #observation = randomUUID();
  readonly #pages: string[] = [];
  #turn: number;
  token = '';

  constructor(population: Population, credentials: Credentials, number: number) {
    this.#population = population;
    this.#credentials = credentials;
    // Applications begin at different patients.
    this.#turn = number * 7;
  }

  make(kind: RequestKind): Question {
    this.#turn += 1;
    const patient = stableId(this.#population.seed, 'Patient', this.#turn % this.#population.patients);
    const authorization = { authorization: `Bearer ${this.token}` };
    switch (kind) {
      case 'read':
        return { method: 'GET', path: `${FHIR}/Patient/${patient}`, headers: authorization };
      case 'search':
        return {
          method: 'GET',
          // Not observations of a patient: the mock walks over all of them, half a second each.
          path: `${FHIR}/Patient?gender=${this.#turn % 2 === 0 ? 'female' : 'male'}&_count=5`,
          headers: authorization,
        };
      case 'paging':
        return {
          method: 'GET',
          path: this.#pages.shift() ?? `${FHIR}/Patient?_count=5`,
          headers: authorization,
        };
      case 'metadata':
        return { method: 'GET', path: `${FHIR}/metadata`, headers: {} };
      case 'create':
        return this.#create(patient, {});
      case 'long':
        return this.#create(patient, { 'x-lab-takes-ms': String(LONG_MS) });
      case 'update':
        return {
          method: 'PUT',
          path: `${FHIR}/Observation/${this.#observation}`,
          headers: { ...authorization, ...JSON_TYPE },
          body: JSON.stringify({ ...observation(patient, this.#turn), id: this.#observation }),
        };
      case 'token':
        return this.tokenRequest();
      default:
        return kind satisfies never;
    }
  }

  #create(patient: string, headers: Readonly<Record<string, string>>): Question {
    return {
      method: 'POST',
      path: `${FHIR}/Observation`,
      headers: { authorization: `Bearer ${this.token}`, ...JSON_TYPE, ...headers },
      body: JSON.stringify(observation(patient, this.#turn)),
    };
  }

  tokenRequest(): Question {
    const { clientId, clientSecret } = this.#credentials;
    return {
      method: 'POST',
      path: '/oauth/token',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials&scope=system%2F*.read',
    };
  }

  /** Takes the next page out of an answer to `paging`. */
  offered(body: string): void {
    const url = /"relation":"next","url":"https?:\/\/[^/]+([^"]+)"/.exec(body)?.[1];
    if (url !== undefined) this.#pages.push(url);
  }
}

function observation(patient: string, value: number): object {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Heart rate' },
    subject: { reference: `Patient/${patient}` },
    valueQuantity: { value: 60 + (value % 50), unit: '/min' },
  };
}

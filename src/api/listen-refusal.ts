import { Failure } from '../kernel/failure.ts';
import { type Endpoint, formatEndpoint } from '../model/endpoint.ts';

/** What is to listen, in sentences, and the key of the node file that says where. */
export interface Listening {
  /** `the API is`. */
  readonly subject: string;
  readonly key: string;
}

/** Why the controller cannot listen there, with what to do; anything else as it came. */
export function listenRefusal(error: unknown, endpoint: Endpoint, { subject, key }: Listening): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = formatEndpoint(endpoint);
  const options = { cause: error };
  switch (code) {
    case 'EADDRINUSE': {
      const what = `another program listens on ${where}, where ${subject} to`;
      const mend = `end it, or write another port under \`${key}\` of the node file`;
      return new Failure('address-taken', what, mend, options);
    }
    case 'EADDRNOTAVAIL': {
      const what = `${where}, where ${subject} to listen, is not of this machine`;
      const mend = `correct \`${key}\` of the node file, or give this machine the address`;
      return new Failure('address-not-local', what, mend, options);
    }
    case 'EACCES': {
      const mend = `write a port from 1024 on under \`${key}\` of the node file`;
      return new Failure('address-not-permitted', `the controller may not listen on ${where}`, mend, options);
    }
    default:
      return error;
  }
}

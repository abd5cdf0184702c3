import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { TestCertificate } from './certificates.ts';
import { loopbackAddress } from './loopback.ts';

/** A real server behind the balancer. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
  /** What arrived, without health checks. */
  readonly requests: ReceivedRequest[];
  /** Health checks that arrived. */
  readonly checks: ReceivedRequest[];
  /** Stops listening and breaks off what is open. */
  close(): Promise<void>;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface UpstreamOptions {
  readonly answer?: RequestListener;
  readonly tls?: TestCertificate;
  readonly address?: string;
  readonly port?: number;
}

/** Starts a server on an address of its own. By default it answers every request with 200 and its own address. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const { tls, address = loopbackAddress(), port = 8000 } = options;
  const answer: RequestListener = options.answer ?? ((_, response) => response.end(address));
  const requests: ReceivedRequest[] = [];
  const checks: ReceivedRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const { method = '', url = '', headers } = request;
    const isCheck = headers['user-agent'] === 'aorta-check';
    (isCheck ? checks : requests).push({ method, url, headers });
    if (isCheck) response.end();
    else answer(request, response);
  };
  const server: Server =
    tls === undefined ? createHttp(listener) : createHttps({ cert: tls.certificate, key: tls.key }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    address,
    port,
    requests,
    checks,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

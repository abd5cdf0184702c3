import type { CheckIr, CheckRequestIr, CheckRhythmIr } from '../ir/haproxy.ts';
import { Bug, unreachable } from '../kernel/bug.ts';
import type { ConfiguredService } from '../model/configuration.ts';
import type { HealthCheck } from '../model/health-check.ts';

/** How the servers of a service are asked whether they can serve. */
export function compileCheck(service: ConfiguredService): CheckIr {
  const { healthCheck: check, tls } = service.pool;
  const rhythm = compileRhythm(check);
  switch (check.type) {
    case 'tcp':
      return { kind: 'tcp', ...rhythm };
    case 'http':
      return { kind: 'http', ...rhythm, request: compileRequest(service, check) };
    case 'https': {
      if (tls === undefined) throw new Bug(`an https check without TLS settings in service ${service.name}`);
      const sni = check.sni ?? tls.serverName;
      return {
        kind: 'https',
        ...rhythm,
        request: compileRequest(service, check),
        ...(sni === undefined ? {} : { sni }),
      };
    }
    default:
      return unreachable(check, 'health check');
  }
}

function compileRhythm(check: HealthCheck): CheckRhythmIr {
  return {
    ...(check.port === undefined ? {} : { port: check.port }),
    ...(check.alsoPort === undefined ? {} : { alsoPort: check.alsoPort.port }),
    interval: check.interval,
    fastInterval: check.fastInterval,
    downInterval: check.downInterval,
    fall: check.fall,
    rise: check.rise,
  };
}

function compileRequest(
  service: ConfiguredService,
  check: Extract<HealthCheck, { type: 'http' | 'https' }>,
): CheckRequestIr {
  const host = check.host ?? service.hostnames[0];
  return {
    method: check.method,
    path: check.path,
    ...(host === undefined ? {} : { host }),
    expectStatus: [...new Set(check.expectStatus)].sort((a, b) => a - b),
  };
}

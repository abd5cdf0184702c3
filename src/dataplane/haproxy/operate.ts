import { sourceShareVariable } from '../../ir/limit-names.ts';
import { unreachable } from '../../kernel/bug.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Failure } from '../../kernel/failure.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { RuntimeOperation } from '../../plan/operation.ts';
import { setAddress } from './operate-address.ts';
import { addCertificate, removeCertificate, replaceCertificate } from './operate-certificate.ts';
import { replaceList } from './operate-list.ts';
import { addServer, removeServer, setAdmin } from './operate-server.ts';
import { tell, tellAll } from './tell.ts';
import { fileWord, nameWord, numberWord } from './words.ts';

/** Carries out one operation on the runtime API. Every command is bounded in time. */
export async function operate(
  socket: string,
  operation: RuntimeOperation,
  clock: Clock,
): Promise<Result<void, Failure>> {
  switch (operation.kind) {
    case 'set-server-admin':
      return setAdmin(socket, operation);
    case 'set-server-address':
      return setAddress(socket, operation, clock);
    case 'set-server-connections': {
      const place = `${nameWord(operation.backend)}/${nameWord(operation.server)}`;
      // 0 is no limit, at runtime as in the file.
      const limit = numberWord(operation.maxConnections ?? 0);
      return tellAll(socket, `connections of ${place}`, [['set', 'maxconn', 'server', place, limit]]);
    }
    case 'add-server':
      return addServer(socket, operation);
    case 'remove-server':
      return removeServer(socket, operation);
    case 'set-frontend-connections': {
      const frontend = nameWord(operation.frontend);
      const limit = numberWord(operation.maxConnections);
      return tellAll(socket, `connections of ${frontend}`, [['set', 'maxconn', 'frontend', frontend, limit]]);
    }
    case 'set-source-share': {
      const frontend = nameWord(operation.frontend);
      const share = `int(${numberWord(operation.maxConnections)})`;
      const words = ['set', 'var', sourceShareVariable(frontend), share];
      const done = await tell(socket, `share of a source at ${frontend}`, words, { experimental: true });
      return done.ok ? ok(undefined) : done;
    }
    case 'set-process-connections': {
      const limit = numberWord(operation.maxConnections);
      return tellAll(socket, 'connections of the process', [['set', 'maxconn', 'global', limit]]);
    }
    case 'replace-certificate':
      return replaceCertificate(socket, fileWord(operation.file), operation.content);
    case 'add-certificate':
      return addCertificate(
        socket,
        fileWord(operation.file),
        operation.content,
        operation.lists.map(fileWord),
      );
    case 'remove-certificate':
      return removeCertificate(socket, fileWord(operation.file), operation.lists.map(fileWord));
    case 'replace-list':
      return replaceList(socket, fileWord(operation.file), operation.entries);
    default:
      return unreachable(operation, 'runtime operation');
  }
}

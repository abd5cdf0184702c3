import { birdFields, sessionFields } from '../../src/plan/bird-classes.ts';
import {
  backendFields,
  bindFields,
  fileFields,
  frontendFields,
  globalFields,
  peerFields,
  serverFields,
  watchFields,
} from '../../src/plan/field-classes.ts';
import { instanceFields, keepalivedFields } from '../../src/plan/keepalived-classes.ts';
import { pageHead, table } from './markdown.ts';
import { type Example, examples } from './plan-examples.ts';

const owners = {
  HAProxy: globalFields,
  'another node': peerFields,
  frontend: frontendFields,
  listener: bindFields,
  pool: backendFields,
  server: serverFields,
  watch: watchFields,
  file: fileFields,
  node: keepalivedFields,
  'address group': instanceFields,
  'node that announces': birdFields,
  'session with a router': sessionFields,
};

/** What each difference needs of a running HAProxy: the tables that the plan itself is made with. */
export function planPage(): string {
  return [
    ...pageHead(
      'The plan',
      'What each difference between the declaration in service and a new one needs of HAProxy, and on a node of several of keepalived or BIRD, and what connections feel. `aorta plan FILE` says it for your change, with your numbers. How to use it: [change safely](../how-to/change-safely.md).',
    ),
    '## Impacts',
    '',
    'The impact of a change is the greatest of its steps. One step that needs a reload takes all others with it.',
    '',
    ...table(
      ['Impact', 'What HAProxy does', 'What connections feel'],
      [
        ['none', 'nothing; what is wanted is in service', 'nothing'],
        ['runtime', 'takes commands while it runs', 'only what the step says'],
        [
          'reload',
          'starts a new worker, which inherits the listening sockets',
          'new connections go to the new worker; those that are open end on the old one, within the limit that the plan names. An idle HTTP/1.1 connection is closed after its next answer. An HTTP/2 client may get REFUSED_STREAM and sends again: [limits](../limits.md)',
        ],
        [
          'rebind',
          'as a reload, and addresses are opened or closed',
          'the same; nobody can connect to a closed address',
        ],
        ['start', 'starts', 'there was nothing before'],
      ],
    ),
    '## Examples',
    '',
    'The words are those of the plan. It was made for a service with 12 open connections and two servers, one of which works on 2 requests.',
    '',
    ...table(
      ['Impact', 'What happens', 'Why', 'What connections feel'],
      examples().map(({ impact, what, why, effect }: Example) => [impact, what, why, effect]),
    ),
    '## Every field',
    '',
    'A field that is missing in this table does not compile. Adding, removing and some directions of a change are decided by rules; the examples above show them.',
    '',
    ...table(
      ['Of', 'What differs', 'Impact', 'Why'],
      Object.entries(owners).flatMap(([owner, fields]) => fieldsOf(fields).map((row) => [owner, ...row])),
    ),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

/** Name, impact and reason of each field that HAProxy feels; lists of records have rows of their own owner. */
function fieldsOf(fields: unknown): string[][] {
  const rows = new Map<string, string[]>();
  for (const row of found(fields)) rows.set(row.join(), row);
  return [...rows.values()];
}

function* found(node: unknown): Generator<string[]> {
  if (typeof node !== 'object' || node === null) return;
  if ('impact' in node && 'why' in node) {
    if ('name' in node) yield [String(node.name), String(node.impact), String(node.why)];
    return;
  }
  for (const [name, child] of Object.entries(node)) {
    if (name !== 'each') yield* found(child);
  }
}

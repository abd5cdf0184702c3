import { schemaOf } from '../../src/declaration/schema.ts';
import { Declaration } from '../../src/model/declaration.ts';
import { NodeFile } from '../../src/model/node-file.ts';
import { below, keyTable } from './key-tables.ts';
import { code, pageHead } from './markdown.ts';

/** Every key that an operator can write, except the parameters of blueprints. */
export function declarationPage(): string {
  const schema = schemaOf(Declaration);
  const nodeFile = schemaOf(NodeFile);
  const { services: _, ...sections } = schema.properties ?? {};
  const defaults = Object.entries(sections)
    .filter(([, node]) => node.default !== undefined)
    .map(([name]) => code(name));
  return [
    ...pageHead(
      'The declaration, key by key',
      'One YAML file says what should be in service. Unknown keys are errors, and all findings are reported at once. What stands in italics is where a default comes from; “measured” means measured for this project, see the [decisions](../adr/README.md).',
    ),
    '- `NAME` is a name that you choose: lower-case letters, digits and hyphens, 1 to 63 characters, not beginning or ending with a hyphen.',
    '- A duration is a whole number with a unit: `500ms`, `5s`, `2m`, `1h`, `1d`. A bare number is refused.',
    '- A file is named relative to the declaration, or absolutely.',
    '- `aorta explain FILE` shows every value of your own declaration and its source, the defaults included.',
    '',
    '## In your editor',
    '',
    'Editors with the YAML language server (VS Code with the Red Hat YAML extension, Neovim, Emacs, Helix) complete keys and mark mistakes while you type. Put this line first in the declaration, with the path to this repository:',
    '',
    '```yaml',
    '# yaml-language-server: $schema=/opt/aorta/docs/reference/declaration.schema.json',
    'aorta: v1',
    '```',
    '',
    'The editor sees shapes only. Whether names, certificates and addresses fit together is seen by `aorta check`.',
    '',
    '## The file',
    '',
    ...keyTable(schema.properties ?? {}, ['aorta', 'site'], []),
    `${defaults.join(', ')} and \`services\` may be left out or left empty.`,
    '',
    '<a id="services"></a>',
    '',
    '## `services.NAME`',
    '',
    schema.properties?.services?.description ?? '',
    '',
    '`blueprint` chooses the kind of estate; the other keys are the parameters of that blueprint. There is one blueprint: [`meditech/restful-api`](blueprints/meditech-restful-api.md).',
    '',
    ...below(sections, [], 1),
    '<a id="node-file"></a>',
    '',
    '## The node file',
    '',
    'What one machine of a pair says of itself, in a file of its own: `node.yaml` in the state directory, or what `aorta up --node-file` names. How to write it: [a pair of machines](../how-to/pair.md).',
    '',
    ...keyTable(nodeFile.properties ?? {}, nodeFile.required ?? [], ['node-file']),
    ...below(nodeFile.properties ?? {}, ['node-file'], 1),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

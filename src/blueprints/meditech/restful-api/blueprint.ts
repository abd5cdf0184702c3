import type { Blueprint } from '../../blueprint.ts';
import { check } from './check.ts';
import { expand } from './expand.ts';
import { Parameters } from './parameters.ts';

export const meditechRestfulApi: Blueprint<typeof Parameters> = {
  name: 'meditech/restful-api',
  summary:
    'The MEDITECH RESTful API Infrastructure: two virtual services over the API servers, in the recommended or the minimum deployment, with TLS bridging or offloading.',
  parameters: Parameters,
  check: (parameters, { service }) => check(parameters, service),
  expand: (parameters, { service }) => expand(parameters, service),
};

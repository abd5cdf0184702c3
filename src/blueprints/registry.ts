import type { z } from 'zod';
import type { Blueprint } from './blueprint.ts';
import { meditechRestfulApi } from './meditech/restful-api/blueprint.ts';

/** Every blueprint that a declaration can use, by name. */
export const blueprints: ReadonlyMap<string, Blueprint<z.ZodType>> = new Map(
  [meditechRestfulApi].map((blueprint) => [blueprint.name, blueprint]),
);

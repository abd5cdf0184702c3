import type { z } from 'zod';
import type { Blueprint } from './blueprint.ts';
import { meditechRestfulApi } from './meditech/restful-api/blueprint.ts';
import { outline } from './meditech/restful-api/outline.ts';
import { questions } from './meditech/restful-api/questions.ts';
import type { Starter } from './starter.ts';

/** Every blueprint that a declaration can use, by name. */
export const blueprints: ReadonlyMap<string, Blueprint<z.ZodType>> = new Map(
  [meditechRestfulApi].map((blueprint) => [blueprint.name, blueprint]),
);

/** The one kind of estate that a declaration can start from today. */
export const starter: Starter = { questions, outline };

import type { z } from 'zod';
import type { Finding } from '../kernel/diagnostic.ts';
import type { Name } from '../model/name.ts';
import type { NotedTree } from './noted.ts';

/** Knowledge about one kind of estate, as data: parameters that expand to an ordinary declaration. */
export interface Blueprint<Parameters extends z.ZodType = z.ZodType> {
  /** How a declaration names it, such as `meditech/restful-api`. */
  readonly name: string;
  /** One line for lists and for the reference. */
  readonly summary: string;
  readonly parameters: Parameters;
  /** What the parameters' schema alone cannot see; paths are relative to the use of the blueprint. */
  check(parameters: z.output<Parameters>, use: BlueprintContext): readonly Finding[];
  /** A pure function: the same parameters give the same fragment. */
  expand(parameters: z.output<Parameters>, use: BlueprintContext): Fragment;
}

export interface BlueprintContext {
  /** The name of the service in `services`. */
  readonly service: Name;
}

/** A piece of declaration. Every leaf is noted: taken from a parameter, or known from a source. */
export interface Fragment {
  readonly hosts: Readonly<Record<string, NotedTree>>;
  readonly authorities: Readonly<Record<string, NotedTree>>;
  readonly virtualServices: Readonly<Record<string, NotedTree>>;
}

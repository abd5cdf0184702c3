import type { z } from 'zod';
import type { Finding } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import type { Name } from '../model/name.ts';
import type { Noted } from './noted.ts';

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

/** Plain declaration values in which any node may carry a note about where it comes from. */
export type NotedTree =
  | Noted<NotedTree>
  | string
  | number
  | boolean
  | readonly NotedTree[]
  | { readonly [key: string]: NotedTree | undefined };

/** Where a value of an expansion comes from. */
export type Note =
  /** A parameter of the use; the path is relative to it. */
  | { readonly kind: 'parameter'; readonly path: Path }
  /** What is known about this kind of estate. */
  | { readonly kind: 'source'; readonly source: string };

import type { z } from 'zod';
import { type Question, splitMachine } from '../../blueprints/starter.ts';
import { checkShape, shapeOf } from '../../declaration/shape.ts';
import { MachineAddress } from '../../model/address.ts';
import { Name } from '../../model/name.ts';

/** Everything that is wrong with the texts of one answer, in the words of `aorta check`. */
export function complaintsOf({ form }: Question, texts: readonly string[]): readonly string[] {
  if (form.kind !== 'machines') return texts.flatMap((text) => complaints(form.schema, text));
  return [...texts.flatMap(machineComplaints), ...namedTwice(texts)];
}

function complaints(schema: z.ZodType, text: string): string[] {
  return checkShape(shapeOf(schema), text, []).findings.map(({ what, mend }) => `${what}; ${mend}`);
}

function machineComplaints(text: string): string[] {
  const parts = splitMachine(text);
  if (parts === undefined) return [`${JSON.stringify(text)} has no name; write it as name=address`];
  return [...complaints(Name, parts.name), ...complaints(MachineAddress, parts.address)];
}

/** A mapping has each name once; of two the first would be lost. */
function namedTwice(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => splitMachine(text)?.name ?? []);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [...twice].map((name) => `${JSON.stringify(name)} is there twice; give two machines two names`);
}

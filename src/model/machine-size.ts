import { z } from 'zod';

/** What of a machine decides how much it bears. */
export interface MachineSize {
  /** That HAProxy may use. */
  readonly cores: number;
  /** Of the whole machine, in bytes. */
  readonly memory: number;
}

const units = { MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** An amount of memory with its unit, such as `8GiB`, as bytes. */
export const MemorySize = z
  .string()
  .regex(/^\d{1,7}(MiB|GiB)$/, {
    error: 'is not an amount of memory: write a whole number with a unit: 512MiB, 8GiB',
  })
  .transform((text) => Number.parseInt(text, 10) * units[text.endsWith('GiB') ? 'GiB' : 'MiB'])
  .refine((bytes) => bytes > 0, { error: 'is nothing' });

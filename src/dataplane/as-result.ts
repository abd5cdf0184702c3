import { Failure } from '../kernel/failure.ts';
import { err, type Result } from '../kernel/result.ts';

/** What work fails with by throwing, as a value. */
export async function asResult<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) return err(error);
    throw error;
  }
}

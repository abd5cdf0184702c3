import type { Status } from '../model/status.ts';
import type { ApplyAnswer } from './answers.ts';
import type { ApplyRequest } from './operations.ts';

/** What the faces may ask of the controller; one method an operation. */
export interface Controller {
  status(): Promise<Status>;
  apply(request: ApplyRequest): Promise<ApplyAnswer>;
  /** Resolves when HAProxy has ended; the controller ends after its answer was sent. */
  down(): Promise<void>;
}

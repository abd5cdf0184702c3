import type { Verdict } from './judge.ts';
import type { Recording, Variant } from './recording.ts';
import type { Scenario } from './schema.ts';

export interface Reported {
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly recording: Recording;
  readonly verdict: Verdict;
}

export function reportHtml({ recording }: Reported): string {
  return JSON.stringify(recording);
}

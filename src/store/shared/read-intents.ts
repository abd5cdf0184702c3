import { IntentsRecord } from './pair-record.ts';

/** A record of intents that was written down as JSON; none for what another version wrote. */
export function readIntents(json: string): IntentsRecord | undefined {
  return IntentsRecord.safeParse(JSON.parse(json)).data;
}

import { Secret } from '../kernel/secret.ts';
import type { Configuration, ConfiguredDeepCheck } from '../model/configuration.ts';
import type { Step } from '../plan/plan.ts';
import { shortened } from '../plan/words.ts';

/** What changes in the checks that the controller makes itself. None of it concerns HAProxy, so it is in no IR. */
export function deepCheckSteps(current: Configuration, desired: Configuration): Step[] {
  const [before, after] = [checksOf(current), checksOf(desired)];
  const steps = [...after].flatMap(([key, one]): Step[] => {
    const other = before.get(key);
    if (other === undefined) return [step(one, 'is added')];
    const fields = changedFields(other.check, one.check);
    return fields.length === 0 ? [] : [step(one, `changes: ${shortened(fields)}`)];
  });
  const gone = [...before].filter(([key]) => !after.has(key));
  return [...steps, ...gone.map(([, one]) => step(one, 'is removed'))];
}

interface Named extends ConfiguredDeepCheck {
  readonly service: string;
}

function checksOf({ virtualServices }: Configuration): Map<string, Named> {
  return new Map(
    virtualServices.flatMap(({ name: service, pool }) =>
      (pool.deepChecks ?? []).map((check): [string, Named] => [
        JSON.stringify([service, check.name]),
        { ...check, service },
      ]),
    ),
  );
}

/** Names only: a value may be a secret. */
function changedFields(before: ConfiguredDeepCheck['check'], after: ConfiguredDeepCheck['check']): string[] {
  if (before.type !== after.type) return ['type'];
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.filter((name) => !isSame(old.get(name), now.get(name)));
}

function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Secret && other instanceof Secret) return one.reveal() === other.reveal();
  return JSON.stringify(one) === JSON.stringify(other);
}

function step({ name, service, path }: Named, how: string): Step {
  return {
    impact: 'none',
    path,
    what: `deep check ${name} of ${service} ${how}`,
    why: 'the controller makes it, HAProxy knows nothing of it',
    effect: 'no connection feels the change; what the check finds may take a server out later',
  };
}

/** A scenario that cannot be run; the message lists every finding. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

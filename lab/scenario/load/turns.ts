/**
 * Gives names by turns, each as often as its weight says and spread evenly: after any number of turns each has had its
 * share to within one. No dice, so that every run of a scenario sends the same.
 */
export function fairTurns<N extends string>(weights: Readonly<Record<N, number>>): () => N {
  const entries = (Object.entries(weights) as [N, number][]).filter(([, weight]) => weight > 0);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const credits = new Map(entries.map(([name]) => [name, 0]));
  return () => {
    let chosen: N | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const [name, weight] of entries) {
      const credit = (credits.get(name) ?? 0) + weight;
      credits.set(name, credit);
      if (credit > most) [chosen, most] = [name, credit];
    }
    if (chosen === undefined) throw new Error('no name has a weight');
    credits.set(chosen, most - total);
    return chosen;
  };
}

/**
 * A function that remembers, for as long as its argument lives, what it made of it. The key is the object itself, so only
 * what is frozen is remembered: nothing else is sure to be the same when it is asked for again.
 * @param make depends on its argument alone; what it gives back is shared, so nobody may change it
 */
export function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = make(key);
    if (Object.isFrozen(key)) known.set(key, { value });
    return value;
  };
}

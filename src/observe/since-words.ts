/**
 * `since 2026-01-31 14:05` in the time zone of this machine: with the day, because a condition may last for some.
 * @param at milliseconds since 1970
 */
export function sinceWords(at: number): string {
  const time = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `since ${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

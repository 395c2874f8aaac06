const FRIDAY = 5;
/** Hours after midnight, UTC. */
const EVENING = 18;

/** The evening of the next Friday as RFC 3339; on a Friday that of the next week, so that it is never almost over. */
export function findComingFriday(now: Date): string {
  const away = (FRIDAY - now.getUTCDay() + 7) % 7 || 7;
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + away, EVENING)).toISOString();
}

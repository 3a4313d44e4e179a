/**
 * A clock with a resolution of a millisecond or a little more: within that time it is read once.
 * Asking the system for the time costs as much as all the rest of a read from memory.
 */
export function createCoarseClock(read: () => number = Date.now): () => number {
  let time: number | undefined;
  const forget = (): void => {
    time = undefined;
  };
  return () => {
    if (time !== undefined) return time;
    time = read();
    // A timer that keeps nobody from ending.
    setTimeout(forget, 1).unref();
    return time;
  };
}

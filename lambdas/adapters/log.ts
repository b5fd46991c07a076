/**
 * One structured line per fact; Lambda's JSON log format keeps an object's members apart for Logs Insights, with time, level
 * and request id beside them. Never a secret, never a whole body.
 */
export function logInfo(message: string, fields: Record<string, unknown> = {}): void {
  console.info({ message, ...fields });
}

/** A line about something that a person may have to look at. */
export function logError(message: string, error: unknown, fields: Record<string, unknown> = {}): void {
  const { name, message: reason, stack } = error instanceof Error ? error : new Error(String(error));
  console.error({ message, error: { name, message: reason, stack }, ...fields });
}

/** One structured line per fact, for CloudWatch Logs Insights. Never a secret, never a whole body. */
export function logInfo(message: string, fields: Record<string, unknown> = {}): void {
  console.info(JSON.stringify({ level: 'INFO', message, ...fields }));
}

/** A line about something that a person may have to look at. */
export function logError(message: string, error: unknown, fields: Record<string, unknown> = {}): void {
  const { name, message: reason, stack } = error instanceof Error ? error : new Error(String(error));
  console.error(
    JSON.stringify({ level: 'ERROR', message, error: { name, message: reason, stack }, ...fields }),
  );
}

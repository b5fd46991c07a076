/** The command line is not one that can be run; the message says what would be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Why a call failed, or undefined where it did not. */
export function errorOf(call: Promise<unknown>): Promise<Error | undefined> {
  return call.then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  );
}

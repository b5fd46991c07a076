import { quote } from '../core/errors.ts';

/** A setting that cannot be used. The message quotes the value and says what would be accepted. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'invalid_setting';
}

/** The one sentence that every refused setting gets. */
export function refused(name: string, value: unknown, accepted: string): SettingsError {
  return new SettingsError(`${name} is ${quote(value)}; it must be ${accepted}`);
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw refused(name, value, 'true or false');
}

import { type CircuitSettings, DEFAULT_CIRCUIT } from '../../core/circuit.ts';
import { RETRY_GRACE_MS } from '../../core/delivery.ts';
import { ENV } from '../../core/environment-names.ts';

/**
 * Reads a variable that the stack sets.
 * @throws Error that names the variable, so that a function that was wired wrongly says so at its first call
 */
export function readEnvironment(name: keyof typeof ENV): string {
  const value = process.env[ENV[name]];
  if (value === undefined || value === '')
    throw new Error(`The environment variable ${ENV[name]} is not set.`);
  return value;
}

/** Reads a variable that may be absent. */
export function readOptionalEnvironment(name: keyof typeof ENV): string | undefined {
  return process.env[ENV[name]] || undefined;
}

/** Whether endpoints may be plain http and on any address: only where the platform runs locally. */
export function allowsLocalReceivers(): boolean {
  return process.env[ENV.allowLocalReceivers] === 'true';
}

/** How many days deliveries are kept: the tenant's own, but never more than the platform's. */
export function keptDays(own?: number): number {
  const most = Number(readOptionalEnvironment('retentionDays') ?? 30);
  return own === undefined ? most : Math.min(own, most);
}

/** Whether the deployment has somebody to send mails as. */
export function hasAlertSender(): boolean {
  return readOptionalEnvironment('alertSender') !== undefined;
}

/** How long after its time a retry is taken for lost, milliseconds. */
export function retryGraceMs(): number {
  const seconds = readOptionalEnvironment('retryGraceSeconds');
  return seconds === undefined ? RETRY_GRACE_MS : Number(seconds) * 1000;
}

/** The longest delay that the queue itself carries, milliseconds. */
export function maxQueueDelayMs(): number {
  return 1000 * Number(readOptionalEnvironment('maxQueueDelaySeconds') ?? 900);
}

/** How endpoints' circuits behave. */
export function circuitSettings(): CircuitSettings {
  return { ...DEFAULT_CIRCUIT, ...JSON.parse(readOptionalEnvironment('circuitRules') ?? '{}') };
}

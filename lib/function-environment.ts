import type { CircuitSettings } from '../core/circuit.ts';
import { ENV } from '../core/environment-names.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** How long what a function writes is kept. */
export const retention = (settings: PlatformSettings) => ({
  [ENV.retentionDays]: String(settings.retentionDays),
});

/** Which receivers a function lets through. */
export const receivers = (settings: PlatformSettings) => ({
  [ENV.allowLocalReceivers]: String(settings.allowLocalReceivers),
});

/** Whose the keys of the documents' bucket are, where that is not what they begin with. */
export const documentPrefixes = (settings: PlatformSettings): Record<string, string> =>
  settings.documentPrefixes ? { [ENV.documentPrefixes]: JSON.stringify(settings.documentPrefixes) } : {};

/** How endpoints' circuits behave. */
export const circuit = (settings: PlatformSettings) => ({
  [ENV.circuitRules]: JSON.stringify({
    failures: settings.circuitFailures,
    firstProbeMs: 1000 * settings.circuitProbeSeconds,
    longestProbeMs: 1000 * settings.circuitLongestProbeSeconds,
    disableAfterMs: 86_400_000 * settings.disableAfterDays,
  } satisfies CircuitSettings),
});

/** The dialects beside the built-in ones. */
export const dialects = (settings: PlatformSettings): Record<string, string> =>
  settings.extraDialects.length > 0 ? { [ENV.extraDialects]: JSON.stringify(settings.extraDialects) } : {};

import { ENV } from '../core/environment-names.ts';
import { acceptWildcard, allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** Lets functions send what they did for the events that are traced. */
export function giveTracesTo({ traceSampling }: PlatformSettings, ...functions: BundledFunction[]): void {
  if (traceSampling === 0) return;
  for (const fn of functions) {
    allow(fn, 'xray', ['PutTraceSegments'], '*');
    acceptWildcard(
      fn.role!,
      '*',
      'X-Ray has no resources that a policy could name; segments can only be added.',
    );
  }
}

/** Has functions choose which events are traced. */
export function giveSamplingTo(settings: PlatformSettings, ...functions: BundledFunction[]): void {
  for (const fn of functions) fn.addEnvironment(ENV.traceSampling, String(settings.traceSampling));
  giveTracesTo(settings, ...functions);
}

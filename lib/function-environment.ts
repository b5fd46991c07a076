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

/** The dialects beside the built-in ones. */
export const dialects = (settings: PlatformSettings): Record<string, string> =>
  settings.extraDialects.length > 0 ? { [ENV.extraDialects]: JSON.stringify(settings.extraDialects) } : {};

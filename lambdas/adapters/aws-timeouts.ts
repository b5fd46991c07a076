/**
 * How long a call of AWS may take before the SDK tries it again on another connection. A socket that died while the
 * container was frozen is noticed by this alone; without the last setting the SDK logs the time and waits on.
 */
export const AWS_TIMEOUTS = {
  connectionTimeout: 1_000,
  requestTimeout: 4_000,
  throwOnRequestTimeout: true,
} as const;

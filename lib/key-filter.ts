import type { DocumentPrefixes } from '../core/document-prefixes.ts';

/** A rule's pattern has 2,048 characters ("Amazon EventBridge quotas"); what stands beside the keys takes less than 548. */
const MAX_FILTER_CHARS = 1500;

/**
 * The part of a rule's pattern that lets through only keys with these prefixes, so that other objects of somebody's bucket
 * cost no message. Undefined where every key is meant, or where the prefixes are too many for a pattern: the function that
 * takes the messages knows them too.
 */
export function keyFilter(prefixes: DocumentPrefixes = {}): { key: { prefix: string }[] } | undefined {
  const filter = Object.keys(prefixes).map((prefix) => ({ prefix }));
  if (filter.length === 0 || filter.some(({ prefix }) => prefix === '')) return undefined;
  return JSON.stringify(filter).length > MAX_FILTER_CHARS ? undefined : { key: filter };
}

/**
 * The same for CloudTrail's records. Nobody says whether they show keys as they are or as a URL has them, so there is no
 * filter where that would differ.
 */
export function recordedKeyFilter(prefixes: DocumentPrefixes = {}): ReturnType<typeof keyFilter> {
  return Object.keys(prefixes).every((prefix) => /^[\w.~/-]*$/.test(prefix))
    ? keyFilter(prefixes)
    : undefined;
}

import { type DocumentPrefixes, USUAL_PREFIXES } from '../../core/document-prefixes.ts';
import { readOptionalEnvironment } from './environment.ts';

let given: DocumentPrefixes | undefined;

/** Whose the keys of this deployment's bucket are. */
export function documentPrefixes(): DocumentPrefixes {
  if (given === undefined) {
    const text = readOptionalEnvironment('documentPrefixes');
    given = text === undefined ? USUAL_PREFIXES : (JSON.parse(text) as DocumentPrefixes);
  }
  return given;
}

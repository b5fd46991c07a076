import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printDocument } from './document.ts';

/** Writes the document that the API serves. Run it whenever an operation or a dialect changes. */
writeFileSync(fileURLToPath(new URL('../docs/openapi.json', import.meta.url)), printDocument());

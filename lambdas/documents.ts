import { routeOperations } from './middleware/route-operations.ts';
import { withProblems } from './middleware/run-operation.ts';
import { documentPullOperations } from './operations/document-pull.ts';
import { documentOperations } from './operations/documents.ts';

/** What is done with documents: in a function of its own, which alone may have links to them signed. */
export const DOCUMENT_OPERATIONS = [...documentOperations, ...documentPullOperations];

export const handler = withProblems(routeOperations(DOCUMENT_OPERATIONS));

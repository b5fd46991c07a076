import { runOperation, withProblems } from './middleware/run-operation.ts';
import { publishOperation } from './operations/publish.ts';

/** `POST /v1/events`, in a function of its own: nothing that managing does can slow it down. */
export const handler = withProblems(runOperation(publishOperation));

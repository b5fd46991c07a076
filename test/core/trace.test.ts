import { expect, test } from '@jest/globals';
import {
  type Hop,
  newTraceId,
  packTrace,
  readTraceHeader,
  segmentDocument,
  unpackTrace,
} from '../../core/trace.ts';

/** The example of the AWS X-Ray Developer Guide, "Tracing header". */
const TRACE_ID = '1-5759e988-bd862e3fe1be46a994272793';
const PARENT_ID = '53995c3f42cd8ad8';

test.each([
  [`Root=${TRACE_ID};Parent=${PARENT_ID};Sampled=1`, { traceId: TRACE_ID, parentId: PARENT_ID }],
  [`Self=1-67891234-12456789abcdef012345678;Root=${TRACE_ID}`, { traceId: TRACE_ID }],
  [`Root=${TRACE_ID};Parent=nobody;Sampled=0`, { traceId: TRACE_ID }],
  ['Root=1-5759e988-bd862e3fe1be46a994272793"}', undefined],
  ['Parent=53995c3f42cd8ad8', undefined],
  ['', undefined],
  [undefined, undefined],
])('the header %j names %j', (header, expected) => {
  expect(readTraceHeader(header)).toEqual(expected);
});

test('a new trace id begins with its second and has the given randomness', () => {
  expect(newTraceId(0x5759e988 * 1000 + 999, Buffer.from('bd862e3fe1be46a994272793', 'hex'))).toBe(TRACE_ID);
});

test('an event carries its trace in 24 bytes', () => {
  const trace = { traceId: TRACE_ID, segmentId: PARENT_ID };
  expect(packTrace(trace)).toHaveLength(24);
  expect(unpackTrace(packTrace(trace))).toEqual(trace);
});

const hop: Hop = {
  name: 'deliver',
  traceId: TRACE_ID,
  segmentId: '0123456789abcdef',
  parentId: PARENT_ID,
  startedAt: 1_768_480_200_250,
  endedAt: 1_768_480_200_500,
  annotations: { event_id: 'evt_1' },
  metadata: { attempt: 1 },
};

test('a segment has the members that X-Ray asks for, with times in seconds', () => {
  expect(JSON.parse(segmentDocument(hop))).toEqual({
    name: 'posthorn deliver',
    id: '0123456789abcdef',
    trace_id: TRACE_ID,
    parent_id: PARENT_ID,
    start_time: 1_768_480_200.25,
    end_time: 1_768_480_200.5,
    origin: 'AWS::Lambda::Function',
    annotations: { event_id: 'evt_1' },
    metadata: { posthorn: { attempt: 1 } },
  });
});

test('a request to a receiver is a part of it, and tells no more of the URL than its host', () => {
  const request = {
    segmentId: 'fedcba9876543210',
    url: 'https://user:word@receiver.example:8443/hooks/s3cret?key=s3cret',
    startedAt: hop.startedAt,
    endedAt: hop.endedAt,
    status: 503,
    failed: true,
  };
  const document = segmentDocument({ ...hop, request });
  expect(document).not.toMatch(/s3cret|word/);
  expect(JSON.parse(document)).toMatchObject({
    fault: true,
    subsegments: [
      {
        name: 'receiver.example:8443',
        namespace: 'remote',
        http: {
          request: { method: 'POST', url: 'https://receiver.example:8443' },
          response: { status: 503 },
        },
        fault: true,
      },
    ],
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  TransactionConflictException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Circuit, EndpointHealth, Tally } from '../../core/circuit.ts';
import type { EndpointChange } from '../../core/notice.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { noteChange } from './endpoint-changes-store.ts';
import { endpointKey } from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';
import { FAILURES, printCircuit, readHealth } from './health-items.ts';

/** Names an endpoint. */
export interface EndpointPlace {
  readonly tenantId: string;
  readonly endpointId: string;
}

/** A change of settings may hold the item for a moment; the SDK does not try again then. */
const CONFLICT_WAITS_MS = [20, 50, 120, 300];

/** Adds a run of failures to what an endpoint had before, or begins anew. @returns undefined where it was deleted */
export function addFailures(
  place: EndpointPlace,
  { failures, firstAt = 0, lastAt = 0 }: Tally,
  anew: boolean,
): Promise<EndpointHealth | undefined> {
  const since = anew ? 'failing_since = :first' : 'failing_since = if_not_exists(failing_since, :first)';
  const update = anew
    ? `SET run = :count, ${since}, failed_at = :last`
    : `SET ${since}, failed_at = :last ADD run :count`;
  const values = { ':count': failures, ':first': firstAt, ':last': lastAt };
  return changeHealth(place, update, 'attribute_exists(pk)', numbers(values));
}

/**
 * Forgets the failures of an endpoint but those behind its last success.
 * @param drains whether it is draining: when the last one was is kept then, or noted though a success came after, for the next
 * turn to see
 * @param recovered what is told of it, where it was told that the endpoint fails
 * @returns undefined where it was deleted, or somebody else has told it
 */
export function forgetFailures(
  place: EndpointPlace,
  { failures, firstAt = 0, lastAt }: Tally,
  drains: boolean,
  recovered?: EndpointChange,
): Promise<EndpointHealth | undefined> {
  const condition = `attribute_exists(${recovered ? 'failing_told' : 'pk'})`;
  const forgotten = FAILURES.filter((name) => !(drains && name === 'failed_at'));
  if (failures === 0) {
    const seen = drains && lastAt !== undefined;
    const update = `${seen ? 'SET failed_at = :last ' : ''}REMOVE ${forgotten.join(', ')}`;
    return changeHealth(place, update, condition, seen ? numbers({ ':last': lastAt }) : {}, recovered);
  }
  const values = { ':count': failures, ':first': firstAt, ':last': lastAt ?? 0 };
  const update = 'SET run = :count, failing_since = :first, failed_at = :last REMOVE failing_told';
  return changeHealth(place, update, condition, numbers(values), recovered);
}

/**
 * Puts a circuit where there is none.
 * @param failing what is told of it
 * @returns undefined where there is one, or the endpoint was deleted
 */
export function putCircuit(
  place: EndpointPlace,
  circuit: Circuit,
  failing?: EndpointChange,
): Promise<EndpointHealth | undefined> {
  const condition = 'attribute_exists(pk) AND attribute_not_exists(circuit)';
  return changeHealth(
    place,
    `SET circuit = :circuit${failing ? TELLS : ''}`,
    condition,
    { ':circuit': { M: printCircuit(circuit) }, ...toldAt(failing) },
    failing,
  );
}

/** Notes that it is told that an endpoint fails. */
const TELLS = ', failing_told = :told';
const toldAt = (failing: EndpointChange | undefined) => (failing ? numbers({ ':told': failing.at }) : {});

/**
 * Moves a circuit to another state. Its turns go on as they are.
 * @param run how many failures in a row the endpoint is left with; absent leaves what was counted
 * @param change what is told of it
 * @returns undefined where it is not in the state that it was read in
 */
export function moveCircuit(
  place: EndpointPlace,
  from: Circuit['state'],
  to: Circuit,
  run?: number,
  change?: EndpointChange,
): Promise<EndpointHealth | undefined> {
  const failing = change?.kind === 'failing' ? change : undefined;
  const runs = run === undefined ? '' : run === 0 ? ` REMOVE ${FAILURES.join(', ')}` : ', run = :run';
  const update =
    'SET circuit.#state = :to, circuit.since = :since, circuit.probes = :probes, circuit.turn_at = :at, circuit.#window = :window';
  const { id, state, since, probes, turnAt, window } = to;
  const values = {
    ':to': { S: state },
    ':from': { S: from },
    ...numbers({ ':id': id, ':since': since, ':probes': probes, ':at': turnAt, ':window': window }),
    ...(run && numbers({ ':run': run })),
    ...toldAt(failing),
  };
  const condition = 'circuit.id = :id AND circuit.#state = :from';
  return changeHealth(place, update + (failing ? TELLS : '') + runs, condition, values, change);
}

/**
 * Takes a circuit's turn: one message does, and that one may do it again after a crash.
 * @param read the circuit as it was read; `next` as the turn leaves it, with the next turn's number
 * @returns undefined where it is another's turn, or the circuit changed since it was read
 */
export function claimTurn(
  place: EndpointPlace,
  turn: number,
  messageId: string,
  read: Circuit,
  next: Circuit,
): Promise<EndpointHealth | undefined> {
  const isMine = '(circuit.turn = :turn OR (circuit.turn = :next AND circuit.taken_by = :me))';
  const circuit = { ...printCircuit({ ...next, turn: turn + 1 }), taken_by: { S: messageId } };
  const unchanged = 'circuit.id = :id AND circuit.#state = :read AND circuit.since = :since';
  return changeHealth(place, 'SET circuit = :circuit', `${unchanged} AND ${isMine}`, {
    ':circuit': { M: circuit },
    ':read': { S: read.state },
    ':me': { S: messageId },
    ...numbers({ ':id': read.id, ':since': read.since, ':turn': turn, ':next': turn + 1 }),
  });
}

/** Puts off a turn that was lost, so that one message asks for it anew. @returns undefined where another did */
export function renewTurn(
  place: EndpointPlace,
  { id, turnAt }: Circuit,
  nextAt: number,
): Promise<EndpointHealth | undefined> {
  const condition = 'circuit.id = :id AND circuit.turn_at = :read';
  const values = { ':id': id, ':read': turnAt, ':next': nextAt };
  return changeHealth(place, 'SET circuit.turn_at = :next', condition, numbers(values));
}

/** Removes a circuit that has drained. @returns undefined where it opened again, or another turn was taken */
export function closeCircuit(
  place: EndpointPlace,
  { id, since }: Circuit,
  turn: number,
): Promise<EndpointHealth | undefined> {
  const condition =
    'circuit.id = :id AND circuit.#state = :draining AND circuit.since = :since AND circuit.turn = :turn';
  return changeHealth(place, 'REMOVE circuit', condition, {
    ':draining': { S: 'draining' },
    ...numbers({ ':id': id, ':since': since, ':turn': turn }),
  });
}

/**
 * One update of an endpoint's item; it raises no version, since dispatching does not look at this.
 * @param change what is to be announced of it
 */
async function changeHealth(
  { tenantId, endpointId }: EndpointPlace,
  plain: string,
  condition: string,
  plainValues: Item,
  change?: EndpointChange,
): Promise<EndpointHealth | undefined> {
  const note = change && noteChange(change);
  const update = note ? addSet(plain, note.set) : plain;
  const values = { ...plainValues, ...note?.values };
  const command = new UpdateItemCommand({
    TableName: readEnvironment('directoryTable'),
    Key: endpointKey(tenantId, endpointId),
    UpdateExpression: update,
    ConditionExpression: condition,
    ...namesIn(`${update} ${condition}`),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ReturnValues: 'ALL_NEW',
  });
  for (let round = 0; ; round++) {
    try {
      const { Attributes = {} } = await dynamodb.send(command);
      return readHealth(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      const wait = CONFLICT_WAITS_MS[round];
      if (!(error instanceof TransactionConflictException) || wait === undefined) throw error;
      await sleep(wait);
    }
  }
}

/** DynamoDB has these words for itself. */
function namesIn(expressions: string): Pick<UpdateItemCommandInput, 'ExpressionAttributeNames'> {
  const names = ['state', 'window'].filter((name) => expressions.includes(`#${name}`));
  if (names.length === 0) return {};
  return { ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])) };
}

function addSet(update: string, set: string): string {
  return update.startsWith('SET ') ? update.replace('SET ', `SET ${set}, `) : `SET ${set} ${update}`;
}

function numbers(values: Readonly<Record<string, number>>): Item {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
}

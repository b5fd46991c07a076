import { DIALECTS } from '../../core/dialects/index.ts';
import { arkaReceiver } from '../receivers/arka.ts';
import { ARKEN_HEADER, arkenReceiver } from '../receivers/arken.ts';
import { arkyReceiver } from '../receivers/arky.ts';
import { genericReceiver } from '../receivers/generic.ts';
import { prompthaReceiver } from '../receivers/promptha.ts';
import type { Receiver } from '../receivers/receiver.ts';
import { standardReceiver } from '../receivers/standard.ts';
import { demoDialect } from '../stack-settings.ts';

export interface DemoEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One customer of the demo: who it is, how it verifies, and what happens to it. */
export interface DemoTenant {
  readonly id: string;
  readonly dialect: string;
  readonly receiver: Receiver;
  /** How often the receiver fails an event on purpose before it accepts it. */
  readonly failures: number;
  readonly events: readonly DemoEvent[];
  /** Further members of the endpoint, given the receiver's secret. */
  readonly endpoint?: (secret: string) => Readonly<Record<string, unknown>>;
}

const contact: DemoEvent = {
  type: 'contact.created',
  data: { id: '1f81eb52-5198-4599-803e-771906343485', type: 'contact', firstName: 'Ada' },
};

/** One tenant per dialect with its guide's example events, and one whose receiver is down for two attempts. */
export const DEMO_TENANTS: readonly DemoTenant[] = [
  tenant(
    'arka',
    arkaReceiver,
    (DIALECTS.arka.catalogue ?? []).map(({ type }) => example('arka', type)),
  ),
  tenant('arky', arkyReceiver, [example('arky', 'order.paid'), example('arky', 'reservation.confirmed')]),
  tenant('promptha', prompthaReceiver, [example('promptha', 'fabric.completed')]),
  tenant('generic', genericReceiver, [example('generic', 'user.created')]),
  {
    ...tenant('arken', arkenReceiver, [
      example('arken', 'Client.Create'),
      example('arken', 'FileStore.Upload'),
    ]),
    endpoint: (value) => ({ auth: { header: { name: ARKEN_HEADER, value } } }),
  },
  tenant('standard', standardReceiver, [contact]),
  { ...tenant(demoDialect.name, standardReceiver, [contact]), id: 'demo-flaky', failures: 2 },
];

function tenant(dialect: string, receiver: Receiver, events: readonly DemoEvent[]): DemoTenant {
  return { id: `demo-${dialect}`, dialect, receiver, failures: 0, events };
}

function example(dialect: keyof typeof DIALECTS, type: string): DemoEvent {
  const definition = DIALECTS[dialect].catalogue?.find((entry) => entry.type === type);
  if (!definition) throw new Error(`${dialect} has no event type "${type}"`);
  return { type, data: definition.example };
}

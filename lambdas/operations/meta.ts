import * as z from 'zod';
import { readOptionalEnvironment } from '../adapters/environment.ts';
import { defineOperation } from './operation.ts';

/** Functions outside a VPC have no addresses of their own; fixed ones take a NAT gateway a zone. */
const NONE = {
  ips: [],
  reason:
    'This deployment has no fixed addresses: requests come from any of AWS’s in its region. ' +
    'Verify their signatures instead.',
};

export const metaOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/meta/ips',
    access: 'any',
    summary: 'List the addresses that requests to endpoints come from',
    query: z.strictObject({}),
    status: 200,
    response: z.object({
      ips: z.array(z.string()).meta({ example: [] }),
      reason: z
        .string()
        .optional()
        .meta({ description: 'Why there are none.', example: 'This deployment has no fixed addresses.' }),
    }),
    run: async () => {
      const addresses = readOptionalEnvironment('staticAddresses');
      return addresses === undefined ? NONE : { ips: addresses.split(',') };
    },
  }),
];

import { z } from 'zod';
import { MachineAddress, Network, Port } from './address.ts';
import { distinct } from './distinct.ts';

/** Where metrics are read unless something else is said: beside the API. */
export const defaultMetricsPort = 7444 as Port;

/** Where Prometheus reads the metrics of a node; absent: on its control socket only. */
export const NodeMetrics = z
  .strictObject({
    address: MachineAddress.meta({
      description: 'The address that the controller listens on; best one that clients do not reach.',
    }),
    port: Port.default(defaultMetricsPort),
    from: distinct(
      Network.refine((network) => !network.endsWith('/0'), {
        error: 'is everybody: write the addresses of the machines that may ask, or their network',
      }),
    )
      .min(1)
      .meta({
        description:
          'Source networks that may ask, such as the address of Prometheus. A connection from elsewhere is closed at once.',
      }),
  })
  .meta({
    description: 'Where metrics are read over the network, without TLS and without a password.',
  });
export type NodeMetrics = z.output<typeof NodeMetrics>;

/** What the node file says about metrics; part of the whole node file. */
export const nodeMetricsFields = { metrics: NodeMetrics.optional() };

import { z } from 'zod';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';
import { PathOrSegment } from './text.ts';

const Long = z
  .strictObject({
    paths: distinct(PathOrSegment).min(1).meta({
      description:
        'Which requests: `/v1/bulk` is this path and all below it, `$export` every path with this segment.',
    }),
    server: durationBetween('1s', '1h').prefault('1h').meta({
      description: 'For a server to begin its answer to one of these, or to go on with it.',
      source: 'Proposed: 3,600 s for bulk export and large downloads.',
    }),
  })
  .meta({
    description:
      'Requests that may take much longer than others. After a reload the old process waits for them, up to an hour.',
  });

/** How long each step of a request may take. */
export const Timeouts = z
  .strictObject({
    connect: durationBetween('10ms', '1m').prefault('1s').meta({
      description: 'To open a connection to a server, before another is tried.',
      source: 'Measured set: 1 s.',
    }),
    request: durationBetween('1s', '10m').prefault('5s').meta({
      description: 'For a client to send the complete headers of a request, counted from its first byte.',
      source: 'Measured set: 5 s.',
    }),
    keepAlive: durationBetween('1s', '1h').prefault('60s').meta({
      description: 'For an idle client connection to wait for its next request.',
      source: 'Measured: a new connection costs as much as 30 to 40 requests; 60 s or more for API clients.',
    }),
    client: durationBetween('1s', '12d').prefault('30s').meta({
      description:
        'For a client that should send or read data and does not; and for the first 16 KB of a body to arrive, however it drips.',
      source: 'Measured set: 30 s.',
    }),
    server: durationBetween('1s', '12d').prefault('30s').meta({
      description: 'For a server to begin its answer, or to go on with it.',
      source: 'Measured set: 30 s.',
    }),
    queue: durationBetween('100ms', '1h').prefault('5s').meta({
      description: 'For a request to wait for a free server.',
      source: 'Measured set: 5 s.',
    }),
    tunnel: durationBetween('1s', '12d').prefault('1h').meta({
      description: 'For a WebSocket or other upgraded connection without traffic.',
    }),
    long: Long.optional(),
  })
  .meta({ description: 'How long each step of a request may take.' });
export type Timeouts = z.output<typeof Timeouts>;

/**
 * The frontend and the backend through which HAProxy hands writes to itself. A name of a service never holds a full
 * stop, so it cannot be theirs.
 */
export const hop = 'aorta.hop';

/** The only server of that backend: HAProxy itself. */
export const hopServer = 'inner';

/** What follows the name of a service in the name of its backend. */
export const backendSuffix = '.servers';

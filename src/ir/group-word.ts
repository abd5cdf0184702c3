import { asidePoints } from '../model/succession.ts';

/**
 * What keepalived is told of a group of addresses on this node, in a file of its own: a digit, so that no reader can see half
 * of it. keepalived multiplies it with {@link groupWeight} and adds that to the priority; less than -253 is a fault
 * (measured with 2.2.7).
 */
export type GroupWord = '0' | '1' | '9';

/** It takes part, as its priority says. */
export const takesPart: GroupWord = '0';
/**
 * It leaves the group to every other node that is well. One that has lost its gateway is still worse, and when there is
 * nobody else, it takes the addresses all the same.
 */
export const standsAside: GroupWord = '1';
/** It gives the addresses up now, and takes none. */
export const givesUp: GroupWord = '9';

/** More than lies between the first node and the last, and a ninth of what is a fault. */
export const groupWeight = -asidePoints;

/**
 * How much less wanted a node is that does not reach the gateway. Enough to yield to every node that does, also to one that
 * stands aside, and no fault: a gateway that no node reaches must not take all of them out.
 */
export const gatewayWeight = 2 * groupWeight;

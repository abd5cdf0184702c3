import type { Failure } from '../kernel/failure.ts';
import type { Result } from '../kernel/result.ts';

/** What is asked of a node about addresses that all nodes announce. Where none are, all of it fails with `addresses-not-announced`. */
export interface AnnouncerPort {
  /**
   * Announces nothing any more, until {@link announce}: also over restarts of everything, this machine included.
   * @returns how long it took until no router was told of an address, in milliseconds
   */
  withdraw(by: WithdrawnBy): Promise<Result<number, Failure>>;
  /** @returns whether it was withdrawn */
  announce(): Promise<Result<boolean, Failure>>;
  /**
   * While routers share clients among the nodes anew: what comes for a connection that this machine does not have is sent
   * to all the others, one of which has it, instead of being answered with a reset. In force until
   * {@link AddressPort.stopPassingOn}, or until the limit (milliseconds from now) has passed.
   * @param siblings the addresses of the other nodes, on the network on which routers reach them
   */
  relay(siblings: readonly string[], limit: number): Promise<Result<void, Failure>>;
}

/** Who wants a node not to announce its addresses. */
export interface WithdrawnBy {
  readonly author: string;
  readonly reason?: string;
}

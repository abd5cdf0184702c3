import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Dependencies } from './dependencies.ts';

/** Models that end together when their grant is revoked. */
const GRANTABLE: ReadonlySet<string> = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

/**
 * Keeps what OAuth must remember in the Cache server, so that a code from one API server is redeemed at another; the
 * registered applications come from the Platform Service.
 */
export class CacheAdapter implements Adapter {
  readonly #model: string;
  readonly #dependencies: Dependencies;

  constructor(model: string, dependencies: Dependencies) {
    this.#model = model;
    this.#dependencies = dependencies;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.#model === 'Client') {
      const path = `/clients/${encodeURIComponent(id)}`;
      return (await this.#dependencies.json('platformService', { method: 'GET', path })) as
        | AdapterPayload
        | undefined;
    }
    return (await this.#dependencies.cached(this.#key(id))) as AdapterPayload | undefined;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const expiresAt = Date.now() + expiresIn * 1000;
    const group = GRANTABLE.has(this.#model) ? payload.grantId : undefined;
    await this.#dependencies.changeCache({
      kind: 'put',
      key: this.#key(id),
      value: payload,
      ...(Number.isFinite(expiresAt) ? { expiresAt } : {}),
      ...(group === undefined ? {} : { group: `grant:${group}` }),
    });
    if (this.#model === 'Session' && payload.uid !== undefined) {
      await this.#dependencies.changeCache({
        kind: 'put',
        key: `session-uid:${payload.uid}`,
        value: id,
        expiresAt,
      });
    }
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const id = await this.#dependencies.cached(`session-uid:${uid}`);
    return typeof id === 'string' ? this.find(id) : undefined;
  }

  /** Only the device flow asks this, and it is off. */
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const payload = await this.find(id);
    if (payload === undefined) return;
    const remaining = (payload.exp ?? 0) - Math.floor(Date.now() / 1000);
    await this.upsert(id, { ...payload, consumed: Math.floor(Date.now() / 1000) }, remaining);
  }

  async destroy(id: string): Promise<void> {
    await this.#dependencies.changeCache({ kind: 'drop', key: this.#key(id) });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#dependencies.changeCache({ kind: 'drop-group', group: `grant:${grantId}` });
  }

  #key(id: string): string {
    return `${this.#model}:${id}`;
  }
}

import { randomUUID } from 'node:crypto';
import {
  allOk,
  badRequest,
  created,
  multipleMatches,
  OperationOutcomeError,
  type SearchRequest,
  type WithId,
} from '@medplum/core';
import {
  type CreateResourceOptions,
  type DeleteResourceOptions,
  MemoryRepository,
} from '@medplum/fhir-router';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import { type Dependencies } from './dependencies.ts';
import { type JournalWrite, requestNotes } from './request-notes.ts';

interface JournalPage {
  readonly epoch: string;
  readonly next: number;
  readonly writes: readonly JournalWrite[];
}

/**
 * The library's repository in memory, kept in step with the other API servers through the journal in the Cache
 * server: before a request we catch up with the journal, after it we append what it wrote.
 */
export class SharedRepository extends MemoryRepository {
  readonly #dependencies: Dependencies;
  #epoch = '';
  #position = 0;

  constructor(dependencies: Dependencies) {
    super();
    this.#dependencies = dependencies;
  }

  async seed(resources: readonly Resource[]): Promise<void> {
    await this.withSeeding(async () => {
      for (const resource of resources) await super.createResource(resource);
    });
  }

  async catchUp(): Promise<void> {
    const path = `/journal?epoch=${this.#epoch}&after=${this.#position}`;
    const page = (await this.#dependencies.json('cache', { method: 'GET', path })) as JournalPage;
    for (const write of page.writes) await this.#replay(write);
    this.#epoch = page.epoch;
    this.#position = page.next;
  }

  async publish(writes: readonly JournalWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await this.#dependencies.changeCache({ kind: 'append', id: randomUUID(), writes: [...writes] });
  }

  async #replay(write: JournalWrite): Promise<void> {
    if (write.kind === 'put')
      await this.withSeeding(() => super.createResource(write.resource, undefined, true));
    else await super.deleteResource(write.resourceType, write.id).catch(() => undefined);
  }

  override async createResource<T extends Resource>(
    resource: T,
    options?: CreateResourceOptions,
    update = false,
  ): Promise<WithId<T>> {
    // On a create the server chooses the id, whatever the client sent.
    const id =
      update || options?.assignedId === true ? (resource.id ?? this.generateId()) : this.generateId();
    const stamped = {
      ...resource,
      id,
      meta: { ...resource.meta, versionId: randomUUID(), lastUpdated: new Date().toISOString() },
    };
    // Seeding mode means "keep this meta"; everything we hand down is stamped already.
    const written = await this.withSeeding(() => super.createResource(stamped, options, update));
    requestNotes.getStore()?.writes.push({ kind: 'put', resource: written });
    return written;
  }

  /** The library's own shortcut for this would write past {@link createResource}. */
  override async conditionalCreate<T extends Resource>(
    resource: T,
    search: SearchRequest<T>,
    options?: CreateResourceOptions,
  ): Promise<{ resource: WithId<T>; outcome: OperationOutcome }> {
    if (search.resourceType !== resource.resourceType) {
      throw new OperationOutcomeError(badRequest('the search must be for the type of the resource'));
    }
    const { entry = [] } = await this.search<T>({ ...search, count: 2 });
    if (entry.length > 1) throw new OperationOutcomeError(multipleMatches);
    const existing = entry[0]?.resource;
    if (existing !== undefined) return { resource: existing, outcome: allOk };
    return { resource: await this.createResource(resource, options), outcome: created };
  }

  override async deleteResource(
    resourceType: string,
    id: string,
    options?: DeleteResourceOptions,
  ): Promise<void> {
    await super.deleteResource(resourceType, id, options);
    requestNotes.getStore()?.writes.push({ kind: 'delete', resourceType, id });
  }
}

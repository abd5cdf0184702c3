/** The FHIR versions an API server offers side by side, with the names seen in the field. */
export const FHIR_BASES = {
  '/v1/uscore/R4': {
    software: 'Interoperability Services: US Core FHIR R4',
    version: '1.0.0',
    date: '2021-04-01',
  },
  '/v2/uscore/STU6': { software: 'US Core STU6 FHIR R4', version: '2.0.0', date: '2023-05-25' },
} as const;
export type FhirBase = keyof typeof FHIR_BASES;

/** The 33 resource types of the published capability statement. */
export const RESOURCE_TYPES = [
  'AllergyIntolerance',
  'Appointment',
  'Binary',
  'CarePlan',
  'CareTeam',
  'Communication',
  'Condition',
  'Coverage',
  'Device',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Goal',
  'Group',
  'Immunization',
  'Location',
  'Media',
  'Medication',
  'MedicationDispense',
  'MedicationRequest',
  'Observation',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'Provenance',
  'Questionnaire',
  'QuestionnaireResponse',
  'RelatedPerson',
  'ServiceRequest',
  'Specimen',
  'Task',
] as const;

/** Splits a request target into the FHIR base and what follows it (`Patient/1?x=y`, without the slash). */
export function splitFhirTarget(target: string): { base: FhirBase; rest: string } | undefined {
  for (const base of Object.keys(FHIR_BASES) as FhirBase[]) {
    if (target === base || target.startsWith(`${base}?`)) return { base, rest: target.slice(base.length) };
    if (target.startsWith(`${base}/`)) return { base, rest: target.slice(base.length + 1) };
  }
  return undefined;
}

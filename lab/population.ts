import { faker } from '@faker-js/faker/locale/en';
import type {
  AllergyIntolerance,
  Condition,
  Encounter,
  Group,
  Immunization,
  MedicationRequest,
  Observation,
  Organization,
  Patient,
  Practitioner,
  Resource,
} from '@medplum/fhirtypes';
import { stableId } from './stable-id.ts';

/** Everything in the population was last changed at this moment, so that two servers hold the same bytes. */
const BORN = '2026-01-01T00:00:00.000Z';
const SYSTEM = 'urn:oid:2.16.840.1.113883.19.5';

const VITALS = [
  { code: '8867-4', text: 'Heart rate', unit: '/min', min: 55, max: 110 },
  { code: '8310-5', text: 'Body temperature', unit: 'Cel', min: 36, max: 39 },
  { code: '9279-1', text: 'Respiratory rate', unit: '/min', min: 11, max: 22 },
  { code: '29463-7', text: 'Body weight', unit: 'kg', min: 48, max: 120 },
  { code: '8302-2', text: 'Body height', unit: 'cm', min: 150, max: 199 },
  { code: '59408-5', text: 'Oxygen saturation', unit: '%', min: 91, max: 100 },
] as const;
const LABS = [
  { code: '2345-7', text: 'Glucose', unit: 'mg/dL', min: 65, max: 210 },
  { code: '718-7', text: 'Hemoglobin', unit: 'g/dL', min: 9, max: 17 },
  { code: '2160-0', text: 'Creatinine', unit: 'mg/dL', min: 0.5, max: 2.4 },
] as const;
const CONDITIONS = [
  'Essential hypertension',
  'Type 2 diabetes mellitus',
  'Asthma',
  'Osteoarthritis',
  'Atrial fibrillation',
];
const ALLERGIES = ['Penicillin', 'Peanut', 'Latex', 'Shellfish'];
const DRUGS = ['Lisinopril 10 mg', 'Metformin 500 mg', 'Atorvastatin 20 mg', 'Albuterol inhaler'];

type Numbered = { code: string; text: string; unit: string; min: number; max: number };

/**
 * The synthetic patients of an estate and what belongs to them: the same seed gives the same bytes. No name, number
 * or address belongs to a living person other than by accident of the generator.
 */
export function generatePopulation(options: {
  readonly patients: number;
  readonly seed: number;
}): Resource[] {
  const { seed } = options;

  faker.seed(seed);
  faker.setDefaultRefDate(BORN);
  const id = (type: string, index: number): string => stableId(seed, type, index);
  const meta = (type: string, index: number) => ({
    versionId: stableId(seed, `${type}-version`, index),
    lastUpdated: BORN,
  });

  const organization: Organization = {
    resourceType: 'Organization',
    id: id('Organization', 0),
    meta: meta('Organization', 0),
    active: true,
    name: 'St. Elsewhere Hospital',
  };
  const practitioners = Array.from(
    { length: 5 },
    (_, index): Practitioner => ({
      resourceType: 'Practitioner',
      id: id('Practitioner', index),
      meta: meta('Practitioner', index),
      active: true,
      name: [{ family: faker.person.lastName(), given: [faker.person.firstName()], prefix: ['Dr.'] }],
    }),
  );

  const patients: Patient[] = [];
  const rest: Resource[] = [];
  for (let index = 0; index < options.patients; index += 1) {
    const sex = faker.helpers.arrayElement(['female', 'male'] as const);
    const patient: Patient = {
      resourceType: 'Patient',
      id: id('Patient', index),
      meta: meta('Patient', index),
      identifier: [{ system: SYSTEM, value: `LAB${String(index + 1).padStart(8, '0')}` }],
      active: true,
      name: [{ use: 'official', family: faker.person.lastName(), given: [faker.person.firstName(sex)] }],
      gender: sex,
      birthDate: faker.date.birthdate({ mode: 'age', min: 1, max: 95 }).toISOString().slice(0, 10),
      telecom: [{ system: 'phone', value: `555-01${faker.string.numeric(2)}`, use: 'home' }],
      address: [
        {
          line: [faker.location.streetAddress()],
          city: faker.location.city(),
          state: faker.location.state({ abbreviated: true }),
        },
      ],
      managingOrganization: { reference: `Organization/${organization.id}` },
    };
    patients.push(patient);
    const subject = { reference: `Patient/${patient.id}` };
    const date = (): string => faker.date.past({ years: 3 }).toISOString();
    const observation = (category: string, of: Numbered, position: number): Observation => ({
      resourceType: 'Observation',
      id: id('Observation', position),
      meta: meta('Observation', position),
      status: 'final',
      category: [
        {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }],
        },
      ],
      code: { coding: [{ system: 'http://loinc.org', code: of.code, display: of.text }], text: of.text },
      subject,
      effectiveDateTime: date(),
      valueQuantity: {
        value: faker.number.float({ min: of.min, max: of.max, fractionDigits: 1 }),
        unit: of.unit,
        system: 'http://unitsofmeasure.org',
        code: of.unit,
      },
    });
    const measured = [
      ...VITALS.map((of) => ['vital-signs', of] as const),
      ...LABS.map((of) => ['laboratory', of] as const),
    ];
    measured.forEach(([category, of], offset) => {
      rest.push(observation(category, of, index * measured.length + offset));
    });
    for (let visit = 0; visit < 2; visit += 1) {
      const start = date();
      rest.push({
        resourceType: 'Encounter',
        id: id('Encounter', index * 2 + visit),
        meta: meta('Encounter', index * 2 + visit),
        status: 'finished',
        class: {
          system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
          code: visit === 0 ? 'AMB' : 'IMP',
        },
        subject,
        participant: [
          { individual: { reference: `Practitioner/${practitioners[index % practitioners.length]?.id}` } },
        ],
        period: { start, end: start },
        serviceProvider: { reference: `Organization/${organization.id}` },
      } satisfies Encounter);
    }
    rest.push(
      {
        resourceType: 'Condition',
        id: id('Condition', index),
        meta: meta('Condition', index),
        clinicalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
        },
        code: { text: faker.helpers.arrayElement(CONDITIONS) },
        subject,
        recordedDate: date(),
      } satisfies Condition,
      {
        resourceType: 'AllergyIntolerance',
        id: id('AllergyIntolerance', index),
        meta: meta('AllergyIntolerance', index),
        code: { text: faker.helpers.arrayElement(ALLERGIES) },
        patient: subject,
      } satisfies AllergyIntolerance,
      {
        resourceType: 'MedicationRequest',
        id: id('MedicationRequest', index),
        meta: meta('MedicationRequest', index),
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: { text: faker.helpers.arrayElement(DRUGS) },
        subject,
        authoredOn: date(),
      } satisfies MedicationRequest,
      {
        resourceType: 'Immunization',
        id: id('Immunization', index),
        meta: meta('Immunization', index),
        status: 'completed',
        vaccineCode: {
          coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '140' }],
          text: 'Influenza, seasonal',
        },
        patient: subject,
        occurrenceDateTime: date(),
      } satisfies Immunization,
    );
  }
  const group: Group = {
    resourceType: 'Group',
    id: id('Group', 0),
    meta: meta('Group', 0),
    type: 'person',
    actual: true,
    name: 'All synthetic patients',
    member: patients.map((patient) => ({ entity: { reference: `Patient/${patient.id}` } })),
  };
  return [organization, ...practitioners, ...patients, ...rest, group];
}

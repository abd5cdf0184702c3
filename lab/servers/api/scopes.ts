import { RESOURCE_TYPES } from './bases.ts';

/** The platform's own scopes, as published by MEDITECH's authorization server. */
const PLATFORM = [
  'infr-cluster',
  'infr-cluster-join',
  'infr-node',
  'infr-redis-config',
  'infr-database-config',
  'infr-tcpproxy-connection',
  'infr-tls-config',
  'infr-tls-profile',
  'infr-tls-stats',
  'infr-certificate',
  'infr-quota',
  'infr-quota-lockout',
  'infr-timing',
  'infr-audit',
  'infr-fhir-audit',
  'infr-log-settings',
  'iops-cache',
  'bulk-data-files.read',
];

const LAUNCH = [
  'openid',
  'profile',
  'fhirUser',
  'offline_access',
  'online_access',
  'launch',
  'launch/patient',
];

/** Some 470 scopes: the discovery file is a large answer in the field, and so it is here. */
export const SCOPES: readonly string[] = [
  ...LAUNCH,
  ...['patient', 'user', 'system'].flatMap((context) =>
    ['*', ...RESOURCE_TYPES].flatMap((type) =>
      ['read', 'rs', 'r', 's'].map((access) => `${context}/${type}.${access}`),
    ),
  ),
  ...['user', 'system'].flatMap((context) =>
    ['*', 'Communication', 'QuestionnaireResponse'].flatMap((type) =>
      ['write', 'cruds', '*'].map((access) => `${context}/${type}.${access}`),
    ),
  ),
  ...PLATFORM,
];

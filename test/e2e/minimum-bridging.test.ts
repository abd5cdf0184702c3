import { describeDeployment } from './deployment-suite.ts';

describeDeployment('minimum', 'bridging');

import { describeDeployment } from './deployment-suite.ts';

describeDeployment('recommended', 'bridging');

import { describeDeployment } from './deployment-suite.ts';

describeDeployment('recommended', 'offload');

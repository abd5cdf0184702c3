import type { ICruiseOptions, IRegularForbiddenRuleType } from 'dependency-cruiser';

declare const configuration: {
  forbidden: (IRegularForbiddenRuleType & { name: string; comment: string })[];
  options: ICruiseOptions;
};
export default configuration;

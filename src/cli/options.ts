import { Option } from '@commander-js/extra-typings';

/** Options that several commands have. */
export const json = () => new Option('--json', 'print JSON with stable keys').default(false);

export const state = () =>
  new Option('--state <directory>', 'where the controller keeps its state')
    .env('AORTA_STATE')
    .default('.aorta');

/** The version of Aorta, as in package.json. */
export const aortaVersion = '0.1.0';

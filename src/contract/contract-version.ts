/**
 * The version of the operations that controller and command agree on. It goes up whenever one of them asks or answers
 * what an earlier one would misunderstand.
 */
export const contractVersion = 2;

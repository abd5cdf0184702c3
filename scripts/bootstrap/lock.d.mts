export function whileLocked<T>(name: string, waitingFor: string, work: () => T | Promise<T>): Promise<T>;

/** Lets whoever waits come first. Of many servers it takes long to write all, and nobody is to wait for it. */
export type Pause = () => Promise<void>;

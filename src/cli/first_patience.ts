/** How long a command waits for a daemon that has not answered it once: somebody may have named the wrong one. */
export const firstPatienceMs = 3000;

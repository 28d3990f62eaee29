/** What is measured in turn. `index` counts from 0 and is different for every call of a side, warm-up included. */
export interface PairPlan<Ours, Peer> {
  readonly pairs: number;
  /** Pairs before those that count. */
  readonly warmUp: number;
  readonly ours: (index: number) => Promise<Ours>;
  readonly peer: (index: number) => Promise<Peer>;
  readonly signal: AbortSignal;
}

/**
 * Measures us and the peer in turn; who goes first changes with each pair. Whatever else the machine does then meets
 * both alike.
 */
export async function measurePairs<Ours, Peer>(
  plan: PairPlan<Ours, Peer>,
): Promise<{ readonly ours: Ours[]; readonly peer: Peer[] }> {
  const ours: Ours[] = [];
  const peer: Peer[] = [];
  const takeOurs = async (index: number) => ours.push(await plan.ours(index));
  const takePeer = async (index: number) => peer.push(await plan.peer(index));
  for (let index = 0; index < plan.warmUp + plan.pairs; index++) {
    for (const take of index % 2 === 0 ? [takeOurs, takePeer] : [takePeer, takeOurs]) {
      plan.signal.throwIfAborted();
      await take(index);
    }
  }
  return { ours: ours.slice(plan.warmUp), peer: peer.slice(plan.warmUp) };
}

import type { PullThroughObserver } from "../../../registry/mod.ts";

/** An observer that passes everything on to several, in their order. */
export function joinObservers(...all: readonly PullThroughObserver[]): Required<PullThroughObserver> {
  const join = <Name extends keyof PullThroughObserver>(name: Name) => {
    type Told = Parameters<NonNullable<PullThroughObserver[Name]>>[0];
    return (told: Told) => {
      for (const observer of all) (observer[name] as ((told: Told) => void) | undefined)?.(told);
    };
  };
  return {
    onLookup: join("onLookup"),
    onFilling: join("onFilling"),
    onFilled: join("onFilled"),
    onStale: join("onStale"),
    onMoved: join("onMoved"),
    onReceived: join("onReceived"),
    onSourceFailed: join("onSourceFailed"),
  };
}

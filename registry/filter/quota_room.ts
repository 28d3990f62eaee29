import { RegistryError } from "../registry_error.ts";
import type { Usage } from "../store/usage.ts";

/** Most bytes that pushes may fill; what is not given is not limited. */
export interface Quotas {
  /** Of the store as a whole, bytes that repositories share counted once. */
  readonly storeBytes?: number;
  /** Of each repository. */
  readonly repositoryBytes?: number;
}

/** What quotas leave for pushes that run at the same time. */
export class QuotaRoom {
  readonly #usage: Usage;
  readonly #quotas: Quotas;
  /** Bytes that are on their way into the store, and not yet counted there: of all, and by repository. */
  #heldBytes = 0;
  readonly #held = new Map<string, number>();

  constructor(usage: Usage, quotas: Quotas) {
    this.#usage = usage;
    this.#quotas = quotas;
  }

  /** To be awaited before anything is asked about a repository. */
  async measure(repository: string): Promise<void> {
    if (this.#quotas.storeBytes !== undefined) await this.#usage.measure();
    if (this.#quotas.repositoryBytes !== undefined) await this.#usage.measure(repository);
  }

  has(repository: string, bytes: number): boolean {
    return this.#refusal(repository, bytes) === undefined;
  }

  /** Throws DENIED when so many bytes more would be too much, of the store or of the repository. */
  assert(repository: string, bytes: number): void {
    const refusal = this.#refusal(repository, bytes);
    if (refusal) throw refusal;
  }

  /** Throws DENIED when bytes that the store has already would be too much for the repository. */
  assertInRepository(repository: string, bytes: number): void {
    const refusal = this.#refusalOfRepository(repository, bytes);
    if (refusal) throw refusal;
  }

  /** Passes on what there is room for. A piece is held until whoever takes it has counted it. */
  async *pass(repository: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.assert(repository, piece.byteLength);
      this.#hold(repository, piece.byteLength);
      try {
        yield piece;
      } finally {
        this.#hold(repository, -piece.byteLength);
      }
    }
  }

  #refusal(repository: string, bytes: number): RegistryError | undefined {
    const taken = (this.#usage.storeBytes ?? 0) + this.#heldBytes;
    const refusal = refuse({ repository, whose: "the registry", bytes, taken, quota: this.#quotas.storeBytes });
    return refusal ?? this.#refusalOfRepository(repository, bytes);
  }

  #refusalOfRepository(repository: string, bytes: number): RegistryError | undefined {
    const taken = (this.#usage.repositoryBytes(repository) ?? 0) + (this.#held.get(repository) ?? 0);
    return refuse({ repository, whose: "the repository", bytes, taken, quota: this.#quotas.repositoryBytes });
  }

  #hold(repository: string, bytes: number): void {
    const held = (this.#held.get(repository) ?? 0) + bytes;
    this.#heldBytes += bytes;
    if (held === 0) this.#held.delete(repository);
    else this.#held.set(repository, held);
  }
}

interface Wish {
  readonly repository: string;
  readonly whose: string;
  readonly bytes: number;
  readonly taken: number;
  readonly quota: number | undefined;
}

function refuse({ repository, whose, bytes, taken, quota }: Wish): RegistryError | undefined {
  if (quota === undefined || taken + bytes <= quota) return undefined;
  const found = `${bytes} bytes more would exceed the quota of ${whose}, ${taken} of ${quota} bytes are taken`;
  return new RegistryError("DENIED", `Cannot push to "${repository}": ${found}`, {
    detail: { wantedBytes: bytes, takenBytes: taken, quotaBytes: quota },
  });
}

/** Where the OIDC test provider keeps codes, tokens and sessions: in memory, until they end. */

type Payload = Record<string, unknown>;

interface Kept {
  readonly payload: Payload;
  readonly until: number;
}

/** What `oidc-provider` asks of a place to keep things, for one kind of them. */
export interface OidcStorage {
  upsert(id: string, payload: Payload, seconds: number): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(userCode: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

/** Makes the storage of each kind, all in one place, so that a grant can be taken back everywhere. */
export function openOidcStorage(): (kind: string) => OidcStorage {
  const kinds = new Map<string, Map<string, Kept>>();
  return (kind) => {
    const own = kinds.get(kind) ?? new Map<string, Kept>();
    kinds.set(kind, own);
    const live = ({ until }: Kept) => until > Date.now();
    const findBy = async (member: string, value: string) =>
      [...own.values()].find((kept) => kept.payload[member] === value && live(kept))?.payload;
    return {
      async upsert(id, payload, seconds) {
        for (const [other, kept] of own) if (!live(kept)) own.delete(other);
        own.set(id, { payload, until: Date.now() + seconds * 1000 });
      },
      async find(id) {
        const kept = own.get(id);
        return kept !== undefined && live(kept) ? kept.payload : undefined;
      },
      findByUid: (uid) => findBy("uid", uid),
      findByUserCode: (userCode) => findBy("userCode", userCode),
      async consume(id) {
        const kept = own.get(id);
        if (kept !== undefined) kept.payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        own.delete(id);
      },
      async revokeByGrantId(grantId) {
        for (const all of kinds.values()) {
          for (const [id, { payload }] of all) if (payload.grantId === grantId) all.delete(id);
        }
      },
    };
  };
}

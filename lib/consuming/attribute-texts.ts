import type { EventRecord } from '../transport/transport.interface.js';

/** Attributes that this package appends to a record: names by what they say, in the order in which they are written. */
export type AttributeNames<Fact extends string> = Readonly<Record<Fact, string>>;

/** The attributes to append; what has no text is left out. */
export function textAttributes<Fact extends string>(
  names: AttributeNames<Fact>,
  texts: Readonly<Partial<Record<Fact, string | undefined>>>,
): EventRecord['attributes'] {
  return (Object.keys(names) as Fact[]).flatMap((fact) => {
    const text = texts[fact];
    return text === undefined ? [] : [[names[fact], Buffer.from(text)] as const];
  });
}

/** What a record says in appended attributes: the last one of a name counts. Others may have written it. */
export class AttributeTexts<Fact extends string> {
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly names: AttributeNames<Fact>,
    { attributes }: EventRecord,
  ) {
    const known = new Set<string>(Object.values(names));
    for (const [name, bytes] of attributes)
      if (bytes && known.has(name)) this.texts.set(name, Buffer.from(bytes).toString('utf8'));
  }

  text(fact: Fact): string | undefined {
    return this.texts.get(this.names[fact]);
  }

  /** Undefined where it is no integer >= 0 of at most nine digits. */
  count(fact: Fact): number | undefined {
    const found = this.text(fact) ?? '';
    return /^\d{1,9}$/.test(found) ? Number(found) : undefined;
  }

  time(fact: Fact): Date | undefined {
    const ms = Date.parse(this.text(fact) ?? '');
    return Number.isNaN(ms) ? undefined : new Date(ms);
  }
}

/** When the broker stored a record; undefined where it does not say, or a time that no date has, as an entry of Redis may. */
export function storedAt({ brokerTime }: { readonly brokerTime?: number }): string | undefined {
  const stored = new Date(brokerTime ?? NaN);
  return Number.isNaN(stored.getTime()) ? undefined : stored.toISOString();
}

/** The number of a partition; 0 where it is none. */
export function partitionNumber(partition: string): number {
  return /^\d{1,9}$/.test(partition) ? Number(partition) : 0;
}

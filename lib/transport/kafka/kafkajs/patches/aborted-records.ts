/** A record as kafkajs has decoded it from a fetch. */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
  isControlRecord: boolean;
}

export interface FetchedPartition {
  readonly messages: readonly FetchedMessage[];
  abortedTransactions?:
    readonly { readonly firstOffset: string; readonly producerId: string }[] | null;
}

/** Key of the marker that ends an aborted transaction: version 0, type 0. */
const ABORT_MARKER = Buffer.alloc(4);

/**
 * Makes kafkajs pass over the records of aborted transactions, as it does over control records. Left
 * to itself it delivers some of them where transactions of several producers overlap.
 */
export function hideAborted(partition: FetchedPartition): void {
  const { abortedTransactions, messages } = partition;
  if (!abortedTransactions?.length) return;
  const ahead = abortedTransactions
    .map(({ firstOffset, producerId }) => ({ first: BigInt(firstOffset), producerId }))
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  let next = 0;
  const aborted = new Set<string>();
  for (const message of messages) {
    const offset = BigInt(message.offset);
    for (; next < ahead.length && ahead[next]!.first <= offset; next++)
      aborted.add(ahead[next]!.producerId);
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) {
      if (message.key && ABORT_MARKER.equals(message.key)) aborted.delete(producerId);
    } else if (inTransaction && aborted.has(producerId)) {
      message.isControlRecord = true;
    }
  }
  partition.abortedTransactions = [];
}
